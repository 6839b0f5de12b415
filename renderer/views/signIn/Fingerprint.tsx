import { Fragment } from 'react';

import styles from './Fingerprint.module.css';

/** A SHA-256 fingerprint in groups of four bytes, so that people can compare it. Copies as one line. */
export function Fingerprint({ value, other, label }: { value: string; other?: string | undefined; label: string }) {
  const bytes = value.split(':');
  const others = other?.split(':') ?? [];
  return (
    <div className={styles.print} role="group" aria-label={`${label} ${value}`}>
      {bytes.map((byte, at) => (
        <Fragment key={at}>
          <span className={others.length > 0 && others[at] !== byte ? styles.differs : ''}>{byte}</span>
          {at < bytes.length - 1 && <i className={styles.colon}>:</i>}
        </Fragment>
      ))}
    </div>
  );
}
