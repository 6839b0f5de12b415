import { useEffect, useRef } from 'react';

import { formatFullTime } from '../../state/format.ts';
import { useLog } from '../../state/log.ts';
import styles from './LogView.module.css';

const colors = { info: '', warn: 'warn', error: 'bad' } as const;

/** What this window saw happen, the newest last. */
export function LogView() {
  const lines = useLog((log) => log.lines);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element && lines.length > 0) element.scrollTop = element.scrollHeight;
  }, [lines]);
  return (
    <div className={styles.log} ref={box} role="log" aria-label="Log" tabIndex={0}>
      {lines.length === 0 && <p className={styles.blank}>Losses, returns and failures of this window appear here.</p>}
      {lines.map((line) => (
        <div key={line.id} className={colors[line.level]}>
          <time>{formatFullTime(line.atMs)}</time>
          {line.text}
        </div>
      ))}
    </div>
  );
}
