import type { KeyboardEvent, ReactNode, Ref } from 'react';

import { IconButton } from './Button.tsx';
import { Icon } from './Icon.tsx';
import styles from './SearchField.module.css';

interface SearchFieldProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Keys beside Escape, which empties the field. True: it was one of them. */
  readonly onKey?: (event: KeyboardEvent<HTMLInputElement>) => boolean;
  /** Takes the place of the cross; always there where it is given. */
  readonly status?: ReactNode;
  /** Beside the empty field, such as its shortcut. */
  readonly emptyStatus?: ReactNode;
  readonly clearLabel?: string;
  readonly inputRef?: Ref<HTMLInputElement>;
  readonly id?: string;
}

/** What is typed to find something in a list or a text. As wide as its place. */
export function SearchField(props: SearchFieldProps) {
  const { label, placeholder, value, onChange, onKey, status, emptyStatus, clearLabel, inputRef, id } = props;
  const handleKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape' && value !== '') onChange('');
    else if (!onKey?.(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const cross = (
    <IconButton icon="close" size={12} label={clearLabel ?? 'Clear the search'} onClick={() => onChange('')} />
  );
  return (
    <div className={styles.field}>
      <Icon name="search" size={14} className="dim" />
      <input
        ref={inputRef}
        id={id}
        type="text"
        aria-label={label}
        placeholder={placeholder}
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={handleKey}
      />
      {value === '' ? emptyStatus : (status ?? cross)}
    </div>
  );
}
