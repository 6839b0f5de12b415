import type { RateSample } from '../../state/tasks.ts';
import { formatRate, formatTime } from '../../state/format.ts';
import { graphPaths } from './graphPaths.ts';
import styles from './RateGraph.module.css';

/** A curve of fewer points says nothing. */
const FEWEST = 4;

/** Rate and dirty rate over time, on one scale; amber where the guest writes faster than the link carries. */
export function RateGraph({ samples }: { samples: readonly RateSample[] }) {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || samples.length < FEWEST) return null;
  const { top, rate, dirty, excess, rateEnd, dirtyEnd } = graphPaths(samples);
  const said = `Rate ${formatRate(last.rate)}${last.dirty === undefined ? '' : `, dirty rate ${formatRate(last.dirty)}`}`;
  return (
    <figure className={styles.graph} role="img" aria-label={said}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <path className={styles.grid} d="M0 0H100M0 50H100M0 100H100" />
        {excess && <path className={styles.excess} d={excess} />}
        <path className={styles.area} d={`${rate}L100 100L0 100z`} />
        <path className={styles.rate} d={rate} />
        {dirty && <path className={styles.dirty} d={dirty} />}
      </svg>
      <span className={styles.top}>{formatRate(top)}</span>
      <span className={`${styles.end} accent`} style={{ top: `${labelTop(rateEnd, dirtyEnd)}%` }}>
        rate
      </span>
      {dirtyEnd !== undefined && (
        <span className={`${styles.end} warn`} style={{ top: `${labelTop(dirtyEnd, rateEnd)}%` }}>
          dirty rate
        </span>
      )}
      <span className={styles.from}>{formatTime(first.atMs)}</span>
      <span className={styles.now}>{formatTime(last.atMs)} now</span>
    </figure>
  );
}

/** Above its line, or below it where the other line is above. */
const labelTop = (own: number, other: number | undefined) =>
  Math.min(86, Math.max(2, other !== undefined && other < own ? own + 4 : own - 16));
