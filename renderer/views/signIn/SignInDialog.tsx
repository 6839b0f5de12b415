import { type FormEvent, useRef } from 'react';

import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field, Segments } from '../../widgets/Field.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Select } from '../../widgets/Select.tsx';
import { CertificateCard } from './CertificateCard.tsx';
import { KeepLine } from './KeepLine.tsx';
import { SecondFactor } from './SecondFactor.tsx';
import styles from './SignInDialog.module.css';
import { type SignIn, type SignInWay, useSignIn } from './useSignIn.ts';

interface DialogProps {
  readonly address: string;
  readonly user: string;
  readonly onClose: () => void;
}

/** Address, certificate, then realm and password or an API token; then the second factor where one is asked. All errors stand in place. */
export function SignInDialog({ address, user, onClose }: DialogProps) {
  const signIn = useSignIn(address, user, onClose);
  if (signIn.challenge) return <SecondFactor signIn={signIn} challenge={signIn.challenge} onClose={onClose} />;
  return <FirstStep signIn={signIn} onClose={onClose} />;
}

const whatComesNext: Record<SignInWay, string> = {
  password: 'A second factor is asked next, if you use one.',
  token: 'A token needs no second factor.',
};
const ways: readonly { readonly value: SignInWay; readonly label: string }[] = [
  { value: 'password', label: 'Password' },
  { value: 'token', label: 'API token' },
];

function FirstStep({ signIn, onClose }: { signIn: SignIn; onClose: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const { probe, isBusy, canSubmit } = signIn;
  const isProbed = probe.kind === 'answered';
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isProbed) void signIn.submit();
    else signIn.probeNow(true);
  };
  const footer = (
    <>
      <span className="dim">{isProbed ? whatComesNext[signIn.way] : ''}</span>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!canSubmit} onClick={() => form.current?.requestSubmit()}>
        {isBusy ? 'Signing in' : isProbed ? 'Sign in' : 'Continue'}
      </Button>
    </>
  );
  return (
    <Dialog
      title={signIn.isKnown ? `Sign in to ${signIn.knownName}` : 'Add a cluster'}
      help="Any node will do. The other nodes are found through it."
      onClose={onClose}
      footer={footer}
    >
      <form ref={form} className={styles.form} onSubmit={handleSubmit} noValidate>
        <AddressField signIn={signIn} />
        {isProbed && (
          <>
            <CertificateCard certificate={probe.certificate} isTrusted={signIn.isTrusted} onTrust={signIn.setTrusted} />
            <Segments label="Way to sign in" choices={ways} value={signIn.way} onChange={signIn.setWay} />
            {signIn.way === 'password' ? <PasswordFields signIn={signIn} /> : <TokenFields signIn={signIn} />}
            <KeepLine way={signIn.way} />
          </>
        )}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

function AddressField({ signIn }: { signIn: SignIn }) {
  const { probe, address } = signIn;
  const error = probe.kind === 'failed' ? probe.error.message : undefined;
  return (
    <Field
      label="Address"
      icon="node"
      autoFocus={!address}
      placeholder="pve1.example.org or 192.168.1.10:8006"
      value={address}
      disabled={signIn.isBusy}
      onChange={(event) => signIn.setAddress(event.target.value)}
      onBlur={() => signIn.probeNow(false)}
      error={error}
      status={
        <span className={styles.status} role="status">
          {probe.kind === 'asking' && (
            <span className="dim">
              <Icon name="ring" size={12} spin />
              asking
            </span>
          )}
          {probe.kind === 'answered' && (
            <span className="ok">
              <Icon name="check" size={12} />
              answers
            </span>
          )}
        </span>
      }
    />
  );
}

function PasswordFields({ signIn }: { signIn: SignIn }) {
  const { isBusy, error } = signIn;
  return (
    <>
      <div className={styles.two}>
        <Field
          label="User name"
          autoComplete="username"
          inputRef={signIn.userField}
          value={signIn.user}
          disabled={isBusy}
          onChange={(event) => signIn.setUser(event.target.value)}
          onBlur={() => signIn.splitUser()}
        />
        <Select label="Realm" choices={signIn.realms} value={signIn.realm} onChange={signIn.setRealm} isOff={isBusy} />
      </div>
      <Field
        label="Password"
        type="password"
        autoComplete="current-password"
        inputRef={signIn.passwordField}
        value={signIn.password}
        disabled={isBusy}
        onChange={(event) => signIn.setPassword(event.target.value)}
        error={error}
      />
    </>
  );
}

function TokenFields({ signIn }: { signIn: SignIn }) {
  const { isBusy, error, token } = signIn;
  const isWrong = token.id.trim() !== '' && !token.isIdRight;
  return (
    <>
      <Field
        label="Token ID"
        isMono
        autoComplete="off"
        placeholder="root@pam!sluice"
        value={token.id}
        disabled={isBusy}
        onChange={(event) => token.setId(event.target.value)}
        hint={isWrong ? 'User, realm and name of the token: root@pam!sluice' : undefined}
      />
      <Field
        label="Secret"
        type="password"
        isMono
        autoComplete="off"
        inputRef={token.secretField}
        value={token.secret}
        disabled={isBusy}
        onChange={(event) => token.setSecret(event.target.value)}
        error={error}
      />
    </>
  );
}
