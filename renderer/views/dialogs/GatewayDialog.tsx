import { type FormEvent, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { Gateway } from '../../../shared/model/gateway.ts';
import { call } from '../../api/engine.ts';
import { clusterById, useCluster } from '../../state/clusters.ts';
import { formatWhen } from '../../state/format.ts';
import { useGateways } from '../../state/gateways.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { Button, IconButton } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Check, Field } from '../../widgets/Field.tsx';
import { MenuButton, type MenuGroup } from '../../widgets/Menu.tsx';
import { copy } from '../copy.ts';
import styles from './GatewayDialog.module.css';

/** Opens and closes doors to a cluster's API, and lists all that are open. */
export default function GatewayDialog({ clusterId, onClose }: { clusterId: string; onClose: () => void }) {
  const cluster = useCluster(clusterId);
  const doors = useGateways(({ list }) => list);
  if (!cluster) return null;
  return (
    <Dialog
      title={`API gateway to ${cluster.name}`}
      help="Programs of this computer reach the cluster’s API through Sluice’s sign-in, without its secret. Each door has a token of its own."
      onClose={onClose}
      widthPx={600}
    >
      {doors.length > 0 && (
        <ul className={styles.doors} aria-label="Open doors">
          {doors.map((door) => (
            <Door key={door.id} door={door} />
          ))}
        </ul>
      )}
      <OpenForm clusterId={clusterId} isIn={cluster.state === 'signed-in' || cluster.state === 'unreachable'} />
    </Dialog>
  );
}

/** The token goes from the engine to the clipboard and stays nowhere here. */
async function copyWithToken(door: Gateway, what: string, text: (token: string) => string): Promise<void> {
  try {
    const { token } = await call('gateway.token', { gatewayId: door.id });
    await copy(text(token), what);
  } catch (error) {
    notifyFailure(`The ${what} was not copied.`, error);
  }
}

function close(door: Gateway): void {
  call('gateway.close', { gatewayId: door.id }).catch((error: unknown) =>
    notifyFailure('The gateway was not closed.', error),
  );
}

function Door({ door }: { door: Gateway }) {
  const { url, allowsWrites, clusterId, openedAtMs } = door;
  const name = clusterById(clusterId)?.name ?? '';
  const curl = (token: string) => `curl -H 'Authorization: Bearer ${token}' ${url}/api2/json/version`;
  const groups = (): readonly MenuGroup[] => [
    {
      items: [
        { label: 'Copy the address', icon: 'link', run: () => void copy(url, 'address') },
        { label: 'Copy the token', icon: 'key', run: () => void copyWithToken(door, 'token', (token) => token) },
        { label: 'Copy a curl command', icon: 'terminal', run: () => void copyWithToken(door, 'command', curl) },
      ],
    },
  ];
  return (
    <li className={styles.door}>
      <div className={styles.about}>
        <code>{url}</code>
        <small>
          {name}, {allowsWrites ? <b className="warn">reads and writes</b> : 'only reads'}, open since{' '}
          {formatWhen(openedAtMs)}
        </small>
      </div>
      <IconButton icon="link" label={`Copy the address ${url}`} onClick={() => void copy(url, 'address')} />
      <IconButton
        icon="key"
        label={`Copy the token of ${url}`}
        onClick={() => void copyWithToken(door, 'token', (token) => token)}
      />
      <MenuButton trigger={<IconButton icon="more" label={`More for ${url}`} />} groups={groups} align="end" />
      <Button isSmall onClick={() => close(door)} aria-label={`Close ${url}`}>
        Close
      </Button>
    </li>
  );
}

const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

function OpenForm({ clusterId, isIn }: { clusterId: string; isIn: boolean }) {
  const [allowsWrites, setAllowsWrites] = useState(false);
  const [port, setPort] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | undefined>(undefined);
  const wrong = port.trim() !== '' && !isPort(port.trim()) ? 'A number up to 65535.' : undefined;
  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy || wrong || !isIn) return;
    setBusy(true);
    try {
      await call('gateway.open', { clusterId, allowsWrites, port: Number(port.trim() || 0) });
      setError(undefined);
      setPort('');
    } catch (caught) {
      setError(AppError.from(caught).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.open} onSubmit={(event) => void handleSubmit(event)} noValidate>
      <div className={styles.port}>
        <Field
          label="Port"
          inputMode="numeric"
          placeholder="any free"
          maxLength={5}
          value={port}
          onChange={(event) => setPort(event.target.value)}
          error={wrong}
        />
      </div>
      <div className={styles.checks}>
        <Check label="Let programs change things too, not only read" isOn={allowsWrites} onChange={setAllowsWrites} />
      </div>
      <div className={styles.button}>
        <Button kind="primary" type="submit" disabled={isBusy || !isIn || wrong !== undefined}>
          Open a door
        </Button>
      </div>
      {!isIn && <p className="dim">Sign in to the cluster first.</p>}
      {error && (
        <p className="bad" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}
