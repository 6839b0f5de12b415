import type { CSSProperties } from 'react';

import styles from './Meter.module.css';

const width = (fraction: number): CSSProperties => ({ width: `${Math.min(1, Math.max(0, fraction)) * 100}%` });

/** A window: the fill is what is held, the end the high mark, the notch the low mark. */
export function Meter({ held, window, hasNotch = true }: { held: number; window: number; hasNotch?: boolean }) {
  return (
    <span className={`${styles.meter} ${hasNotch ? styles.notch : ''}`} aria-hidden="true">
      <i style={width(window > 0 ? held / window : 0)} />
    </span>
  );
}

export type BarColor = 'info' | 'ok' | 'warn' | 'bad' | 'accent';

interface BarProps {
  /** 0..1; undefined where nothing is known. */
  readonly fraction: number | undefined;
  readonly color?: BarColor;
  /** A hatched part that starts at `fraction`: work that has to be done again. */
  readonly again?: number;
  readonly widthPx?: number;
  readonly label?: string;
}

export function Bar({ fraction, color = 'info', again = 0, widthPx, label }: BarProps) {
  const value = fraction === undefined ? undefined : Math.round(fraction * 100);
  return (
    <span
      className={`${styles.bar} ${color}`}
      style={widthPx === undefined ? undefined : { width: widthPx }}
      {...(label === undefined
        ? { 'aria-hidden': true }
        : {
            role: 'progressbar',
            'aria-label': label,
            'aria-valuenow': value,
            'aria-valuemin': 0,
            'aria-valuemax': 100,
          })}
    >
      {fraction === undefined ? <i className={styles.unknown} /> : <i style={width(fraction)} />}
      {again > 0 && fraction !== undefined && (
        <i className={styles.again} style={{ left: `${fraction * 100}%`, ...width(again) }} />
      )}
    </span>
  );
}
