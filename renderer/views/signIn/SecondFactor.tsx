import { type FormEvent, useRef, useState } from 'react';

import type { SecondFactorKind } from '../../../shared/model/session.ts';
import { Button } from '../../widgets/Button.tsx';
import { Dialog } from '../../widgets/Dialog.tsx';
import { Field, Segments } from '../../widgets/Field.tsx';
import styles from './SignInDialog.module.css';
import type { Challenge } from './useLoginSteps.ts';
import type { SignIn } from './useSignIn.ts';

const kinds: Record<SecondFactorKind, readonly [label: string, hint: string]> = {
  totp: ['Authenticator app', 'The six digits that your authenticator app shows now.'],
  recovery: ['Recovery key', 'One of the keys you kept when you set the second factor up. Each works once.'],
  yubico: ['YubiKey', 'Put the cursor in the field and touch the key.'],
};

export function SecondFactor(props: { signIn: SignIn; challenge: Challenge; onClose: () => void }) {
  const { signIn, challenge, onClose } = props;
  const [kind, setKind] = useState<SecondFactorKind>(challenge.offered[0] ?? 'totp');
  const [code, setCode] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() && !signIn.isBusy) void signIn.answer(kind, code);
  };
  const footer = (
    <>
      <Button kind="ghost" onClick={signIn.goBack}>
        Back
      </Button>
      <span className="grow" />
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" disabled={!code.trim() || signIn.isBusy} onClick={() => form.current?.requestSubmit()}>
        {signIn.isBusy ? 'Signing in' : 'Sign in'}
      </Button>
    </>
  );
  return (
    <Dialog
      title="Second factor"
      help="The password was accepted. One more proof is asked."
      onClose={onClose}
      footer={footer}
      widthPx={440}
    >
      <form ref={form} className={styles.form} onSubmit={handleSubmit} noValidate>
        {challenge.offered.length > 1 && (
          <Segments
            label="Kind of proof"
            choices={challenge.offered.map((value) => ({ value, label: kinds[value][0] }))}
            value={kind}
            onChange={setKind}
          />
        )}
        <Field
          key={kind}
          label="Code"
          autoFocus
          isMono
          inputMode={kind === 'totp' ? 'numeric' : 'text'}
          autoComplete="one-time-code"
          maxLength={128}
          value={code}
          disabled={signIn.isBusy}
          onChange={(event) => setCode(event.target.value)}
          error={signIn.error}
          hint={kinds[kind][1]}
        />
        {challenge.unavailable.length > 0 && (
          <p className="dim">
            {challenge.unavailable.includes('webauthn') ? 'A security key (WebAuthn)' : 'A security key (U2F)'} is set
            up too. It answers only to the server’s own web page, so it can’t be used here.
          </p>
        )}
      </form>
    </Dialog>
  );
}
