import { useState } from 'react';

import { shell } from '../../link/shell.ts';
import { Button } from '../../widgets/Button.tsx';
import { Field } from '../../widgets/Field.tsx';
import styles from './backups.module.css';

export interface Place {
  readonly path: string;
  /** The system's dialog has asked already whether a file there may be replaced. */
  readonly mayReplace: boolean;
}

export const nowhere: Place = { path: '', mayReplace: false };

/** Where a file is to go. In the app the system's own dialog; a browser never tells a path, so there it is typed. */
export function PlaceField(props: { name: string; place: Place; onChange: (place: Place) => void; error?: string }) {
  const { name, place, onChange, error } = props;
  const bridge = shell();
  const [isOpen, setOpen] = useState(false);
  const choose = async () => {
    if (!bridge) return;
    setOpen(true);
    try {
      const path = await bridge.choosePlace(name);
      if (path !== undefined) onChange({ path, mayReplace: true });
    } finally {
      setOpen(false);
    }
  };
  return (
    <div className={styles.place}>
      <div className="grow">
        <Field
          label="Where it goes"
          placeholder={`/home/ada/${name}`}
          value={place.path}
          {...(error === undefined ? {} : { error })}
          {...(bridge ? {} : { hint: 'On the computer that Sluice’s engine runs on.' })}
          onChange={(event) => onChange({ path: event.target.value, mayReplace: false })}
        />
      </div>
      {bridge && (
        <Button disabled={isOpen} onClick={() => void choose()}>
          Choose…
        </Button>
      )}
    </div>
  );
}

/** A sentence where it is no whole path with a file's name; the engine looks at the rest. */
export function whyNoPlace(path: string): string | undefined {
  const text = path.trim();
  if (text === '') return undefined;
  if (!/^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(text)) return 'Write the whole path, with the name of the file.';
  return /[\\/]$/.test(text) ? 'Name the file, too.' : undefined;
}
