import { type FormEvent, useRef } from 'react';

import { type Product, products } from '../../../shared/model/product.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field, Segments } from '../../widgets/Field.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Select } from '../../widgets/Select.tsx';
import { BrowserStep } from './BrowserStep.tsx';
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

/** Address, certificate, then realm and password, an API token or a browser; then the second factor where one is asked. */
export default function SignInDialog({ address, user, onClose }: DialogProps) {
  const signIn = useSignIn(address, user, onClose);
  const { challenge, openId } = signIn;
  if (openId.url !== undefined) return <BrowserStep url={openId.url} onBack={openId.cancel} onClose={onClose} />;
  if (challenge) return <SecondFactor signIn={signIn} challenge={challenge} onClose={onClose} />;
  return <FirstStep signIn={signIn} onClose={onClose} />;
}

const whatComesNext: Record<SignInWay, string> = {
  password: 'A second factor is asked next, if you use one.',
  token: 'A token needs no second factor.',
  openid: 'Your browser opens the sign-in page.',
};
const wayLabels: Record<SignInWay, string> = { password: 'Password', token: 'API token', openid: 'OpenID' };

function FirstStep({ signIn, onClose }: { signIn: SignIn; onClose: () => void }) {
  const form = useRef<HTMLFormElement>(null);
  const { probe, isBusy, canSubmit, isBrief } = signIn;
  const isProbed = probe.kind === 'answered';
  const product = isProbed ? probe.product : 'pve';
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isProbed) void signIn.submit();
    else if (!isBrief) signIn.probeNow(true);
  };
  const footer = (
    <>
      <span className="dim">{isProbed && !isBrief ? whatComesNext[signIn.way] : ''}</span>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!canSubmit} onClick={() => form.current?.requestSubmit()}>
        {isBusy ? 'Signing in' : isProbed || isBrief ? 'Sign in' : 'Continue'}
      </Button>
    </>
  );
  return (
    <Dialog
      title={signIn.isKnown ? `Sign in to ${signIn.knownName}` : `Add a ${product === 'pve' ? 'cluster' : 'server'}`}
      help={isBrief ? undefined : helpOf(product, signIn.isKnown)}
      onClose={onClose}
      footer={footer}
      {...(isBrief && {
        first: signIn.way === 'token' ? signIn.token.secretField : signIn.passwordField,
        widthPx: 440,
      })}
    >
      <form ref={form} className={styles.form} onSubmit={handleSubmit} noValidate>
        {isBrief ? <Missing signIn={signIn} /> : <Everything signIn={signIn} />}
        {isProbed && <KeepLine way={signIn.way} />}
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </Dialog>
  );
}

function helpOf(product: Product, isKnown: boolean): string {
  if (product !== 'pve') return `This is ${products[product].label}.`;
  return isKnown ? '' : 'Any node will do. The other nodes are found through it.';
}

function Everything({ signIn }: { signIn: SignIn }) {
  const { probe } = signIn;
  const choices = signIn.ways.map((value) => ({ value, label: wayLabels[value] }));
  return (
    <>
      <AddressField signIn={signIn} />
      {probe.kind === 'answered' && (
        <>
          <CertificateCard
            product={probe.product}
            certificate={probe.certificate}
            isTrusted={signIn.isTrusted}
            onTrust={signIn.setTrusted}
          />
          <Segments label="Way to sign in" choices={choices} value={signIn.way} onChange={signIn.setWay} />
          <WayFields signIn={signIn} />
        </>
      )}
    </>
  );
}

function WayFields({ signIn }: { signIn: SignIn }) {
  if (signIn.way === 'openid') return <OpenIdFields signIn={signIn} />;
  return signIn.way === 'token' ? <TokenFields signIn={signIn} /> : <PasswordFields signIn={signIn} />;
}

/** Of a realm that is never an identity provider's: that a password is asked is clear before the server has answered. */
const isLocal = (user: string) => /@(pam|pve|pbs|pdm)$/.test(user);

/** Of somebody who was signed in before: the secret alone. */
function Missing({ signIn }: { signIn: SignIn }) {
  return (
    <>
      <div className={styles.who}>
        <Icon name="user" size={14} className="dim" />
        <span className="cut">
          {signIn.knownUser} <span className="dim">at {signIn.address}</span>
        </span>
        <span className="grow" />
        <Button isSmall kind="ghost" onClick={signIn.askAll}>
          Change
        </Button>
      </div>
      {signIn.way === 'password' && (signIn.probe.kind === 'answered' || isLocal(signIn.knownUser)) && (
        <PasswordField signIn={signIn} />
      )}
      {signIn.way === 'token' && <SecretField signIn={signIn} />}
      {signIn.way === 'openid' && <Failure text={signIn.error} />}
    </>
  );
}

const Failure = ({ text }: { text: string | undefined }) =>
  text === undefined ? null : (
    <p className="bad" role="alert">
      {text}
    </p>
  );

function OpenIdFields({ signIn }: { signIn: SignIn }) {
  const { realms, realm, isBusy } = signIn;
  return (
    <>
      <Select label="Realm" choices={realms} value={realm} onChange={signIn.setRealm} isOff={isBusy} />
      <p className="dim">You sign in at your identity provider, in your browser. No password comes through here.</p>
      <Failure text={signIn.error} />
    </>
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
              {probe.product === 'pve'
                ? 'answers'
                : `answers, ${products[probe.product].label.replace('Proxmox ', '')}`}
            </span>
          )}
        </span>
      }
    />
  );
}

function PasswordFields({ signIn }: { signIn: SignIn }) {
  const { isBusy } = signIn;
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
      <PasswordField signIn={signIn} />
    </>
  );
}

function PasswordField({ signIn }: { signIn: SignIn }) {
  return (
    <>
      <Field
        label="Password"
        type="password"
        autoComplete="current-password"
        autoFocus={signIn.isBrief}
        inputRef={signIn.passwordField}
        value={signIn.password}
        disabled={signIn.isBusy}
        onChange={(event) => signIn.setPassword(event.target.value)}
        error={signIn.error}
      />
      {signIn.wantsToken && (
        <div className={styles.aside}>
          <Button isSmall onClick={() => signIn.setWay('token')}>
            Use an API token
          </Button>
        </div>
      )}
    </>
  );
}

function TokenFields({ signIn }: { signIn: SignIn }) {
  const { isBusy, token } = signIn;
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
      <SecretField signIn={signIn} />
    </>
  );
}

function SecretField({ signIn }: { signIn: SignIn }) {
  const { isBusy, error, token } = signIn;
  return (
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
  );
}
