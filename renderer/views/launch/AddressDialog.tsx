import { type FormEvent, useRef } from 'react';

import type { KnownAddress } from '../../../shared/model/consoleAddress.ts';
import type { LaunchView } from '../../../shared/model/launch.ts';
import { formatDay } from '../../state/format.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field, Segments } from '../../widgets/Field.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { CertificateCard } from '../signIn/CertificateCard.tsx';
import styles from './AddressDialog.module.css';
import { type AddressForm, useAddress } from './useAddress.ts';

interface DialogProps {
  readonly address: string;
  readonly view?: LaunchView | undefined;
  readonly onClose: () => void;
}

/** A console that stands at an address of its own: where, what it shows, and what opens it. */
export default function AddressDialog({ address, view, onClose }: DialogProps) {
  const form = useRef<HTMLFormElement>(null);
  const opening = useAddress(address, view, onClose);
  const { certificate, isBusy, canOpen } = opening;
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (canOpen) void opening.open();
  };
  const footer = (
    <>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!canOpen} onClick={() => form.current?.requestSubmit()}>
        {isBusy ? 'Opening' : 'Open console'}
      </Button>
    </>
  );
  return (
    <Dialog
      title="Open an address"
      help="A screen, a serial port or a WebSocket that belongs to no cluster of your list."
      onClose={onClose}
      footer={footer}
      {...(address !== '' && { first: opening.passwordField })}
    >
      <form ref={form} className={styles.form} onSubmit={handleSubmit} noValidate>
        <Place opening={opening} />
        {certificate && (
          <CertificateCard certificate={certificate} isTrusted={opening.isTrusted} onTrust={opening.setTrusted} />
        )}
        {opening.address.trim() === '' && <Known opening={opening} />}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

const views = [
  { value: 'vnc', label: 'Screen (VNC)' },
  { value: 'terminal', label: 'Terminal or serial port' },
] as const;

function Place({ opening }: { opening: AddressForm }) {
  const { read, view, isBusy } = opening;
  return (
    <>
      <Field
        label="Address"
        icon="outside"
        isMono
        autoFocus={opening.address === ''}
        autoComplete="off"
        placeholder="vnc://192.168.1.20:5901"
        value={opening.address}
        disabled={isBusy}
        onChange={(event) => opening.setAddress(event.target.value)}
        error={opening.error}
        hint={opening.hint}
      />
      {read && read.view === undefined && (
        <Segments
          label="What it shows"
          choices={views}
          value={view === 'terminal' ? 'terminal' : 'vnc'}
          onChange={opening.setView}
        />
      )}
      {read && view !== 'terminal' && (
        <Field
          label="Password"
          type="password"
          autoComplete="off"
          inputRef={opening.passwordField}
          value={opening.password}
          disabled={isBusy}
          onChange={(event) => opening.setPassword(event.target.value)}
          hint="Leave it empty where none is asked for. It is kept in memory only."
        />
      )}
      {read && !read.isSealed && (
        <p className={styles.open}>
          <Icon name="alert" size={14} className="warn" />
          What you see and type can be read by others on the same network. wss://, tls:// and spice+tls:// are
          encrypted.
        </p>
      )}
    </>
  );
}

const words: Record<LaunchView, string> = { vnc: 'Screen', terminal: 'Terminal', spice: 'SPICE viewer' };

function Known({ opening }: { opening: AddressForm }) {
  if (opening.known.length === 0) return null;
  return (
    <section aria-label="Opened before">
      <h3 className={styles.heading}>Opened before</h3>
      <ul className={styles.known}>
        {opening.known.map((one) => (
          <KnownLine key={`${one.view} ${one.address}`} known={one} opening={opening} />
        ))}
      </ul>
    </section>
  );
}

function KnownLine({ known, opening }: { known: KnownAddress; opening: AddressForm }) {
  const { address, view, openedAtMs } = known;
  return (
    <li>
      <button type="button" onClick={() => opening.choose(known)}>
        <Icon name={view === 'terminal' ? 'terminal' : 'vm'} size={14} className="mid" />
        <span className={`cut ${styles.place}`}>{address}</span>
        <span className="dim">
          {words[view]}, {formatDay(openedAtMs)}
        </span>
      </button>
      <IconButton icon="close" size={12} label={`Forget ${address}`} onClick={() => opening.forget(known)} />
    </li>
  );
}
