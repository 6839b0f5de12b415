import { useRef } from 'react';

import { shell } from '../../link/shell.ts';
import { Button } from '../../widgets/Button.tsx';
import { Field } from '../../widgets/Field.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { useAnswer } from '../start/useAnswer.ts';
import styles from './backups.module.css';

export interface KeyChoice {
  readonly path: string;
  readonly password: string;
}

export const noKey: KeyChoice = { path: '', password: '' };

/** What the engine says of the key file, and whether it is the right one. */
export function useKeyFile(path: string, wanted: string | undefined) {
  const { value, error, isAsking } = useAnswer(
    'backup.keyFile',
    path.trim() === '' ? undefined : { path: path.trim() },
  );
  const known = path.trim() === '' ? undefined : value;
  const isOther = wanted !== undefined && known?.fingerprint !== undefined && known.fingerprint !== wanted;
  return { known, error: path.trim() === '' || isAsking ? undefined : error, isOther };
}

/** The key file of an encrypted backup: its path goes to the engine, which alone reads it. */
export function KeyField(props: {
  choice: KeyChoice;
  onChange: (choice: KeyChoice) => void;
  keyFile: ReturnType<typeof useKeyFile>;
  isNeeded: boolean;
}) {
  const { choice, onChange, keyFile, isNeeded } = props;
  const { known, error, isOther } = keyFile;
  const bridge = shell();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <div className={styles.place}>
        <div className="grow">
          <Field
            label={isNeeded ? 'Key file' : 'Key file, to check the signature (may be left out)'}
            placeholder="/home/ada/encryption-key.json"
            value={choice.path}
            onChange={(event) => onChange({ path: event.target.value, password: '' })}
            {...(error
              ? { error: error.message }
              : { hint: bridge ? undefined : 'On the computer that Sluice’s engine runs on.' })}
          />
        </div>
        {bridge && (
          <>
            <Button onClick={() => input.current?.click()}>Choose…</Button>
            <input
              ref={input}
              type="file"
              hidden
              aria-label="Key file of this computer"
              onChange={({ target }) => {
                const [file] = target.files ?? [];
                const path = file ? bridge.pathOf(file) : '';
                if (path !== '') onChange({ path, password: '' });
                target.value = '';
              }}
            />
          </>
        )}
      </div>
      {known?.fingerprint !== undefined && (
        <p className={`${styles.matches} ${isOther ? 'warn' : 'ok'}`} role="status">
          <Icon name={isOther ? 'alert' : 'check'} size={14} />
          {isOther ? 'This is the key of other backups. Choose another.' : `Key ${known.fingerprint.slice(0, 16)}…`}
        </p>
      )}
      {known?.isLocked && (
        <Field
          label="Password of the key file"
          type="password"
          autoComplete="off"
          hint={known.hint === undefined ? 'It is kept nowhere.' : `Its owner noted: ${known.hint}`}
          value={choice.password}
          onChange={(event) => onChange({ ...choice, password: event.target.value })}
        />
      )}
    </>
  );
}
