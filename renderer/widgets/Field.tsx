import { type ComponentProps, type ReactNode, type Ref, useEffect, useId, useState } from 'react';

import { IconButton } from './Button.tsx';
import styles from './Field.module.css';
import { Icon, type IconName } from './Icon.tsx';

interface FieldProps extends Omit<ComponentProps<'input'>, 'className' | 'ref'> {
  readonly label: string;
  readonly icon?: IconName;
  /** Stands in the field, right. */
  readonly status?: ReactNode;
  /** What is wrong and what to do; read out when it appears. */
  readonly error?: ReactNode;
  readonly hint?: ReactNode;
  readonly isMono?: boolean;
  readonly inputRef?: Ref<HTMLInputElement>;
}

export function Field({ label, icon, status, error, hint, isMono, inputRef, type, ...rest }: FieldProps) {
  const id = useId();
  const [isShown, setShown] = useState(false);
  const isSecret = type === 'password';
  const note = error ?? hint;
  useFocusAtError(id, error);
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={`${styles.box} ${error ? styles.wrong : ''}`}>
        {icon && <Icon name={icon} size={14} className="dim" />}
        <input
          id={id}
          ref={inputRef}
          className={isMono ? styles.mono : undefined}
          type={isSecret && isShown ? 'text' : (type ?? 'text')}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          spellCheck={false}
          autoCapitalize="off"
          {...rest}
        />
        {status}
        {isSecret && (
          <IconButton
            icon={isShown ? 'eyeOff' : 'eye'}
            size={14}
            label={isShown ? 'Hide what is typed' : 'Show what is typed'}
            onClick={() => setShown(!isShown)}
          />
        )}
      </div>
      <div id={`${id}-note`} className={error ? styles.error : styles.hint} role={error ? 'alert' : undefined}>
        {note}
      </div>
    </div>
  );
}

/** A form that is off while it waits loses the focus to nowhere; what it says was wrong gets it back, ready to retype. */
function useFocusAtError(id: string, error: ReactNode): void {
  useEffect(() => {
    if (!error || document.activeElement !== document.body) return;
    const input = document.getElementById(id);
    if (!(input instanceof HTMLInputElement)) return;
    input.focus();
    input.select();
  }, [id, error]);
}

export function Check(props: { label: ReactNode; isOn: boolean; onChange: (isOn: boolean) => void; isOff?: boolean }) {
  const { label, isOn, onChange, isOff = false } = props;
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={isOn} disabled={isOff} onChange={(event) => onChange(event.target.checked)} />
      <span className={styles.tick}>{isOn && <Icon name="check" size={12} />}</span>
      <span>{label}</span>
    </label>
  );
}

/** A choice of few, all in sight. */
export function Segments<T extends string>(props: {
  label: string;
  choices: readonly { readonly value: T; readonly label: string }[];
  value: T;
  onChange: (value: T) => void;
}) {
  const { label, choices, value, onChange } = props;
  const name = useId();
  return (
    <div className={styles.segments} role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value} className={choice.value === value ? styles.on : ''}>
          <input
            type="radio"
            name={name}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="sr"
          />
          {choice.label}
        </label>
      ))}
    </div>
  );
}
