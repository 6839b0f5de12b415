import styles from './Spark.module.css';

const WIDTH = 72;
const HEIGHT = 24;

/** A curve of rates, scaled to its own top. Decorative: the rate stands beside it in words. */
export function Spark({ values, color }: { values: readonly number[]; color: string }) {
  if (values.length < 2) return <span className={styles.spark} />;
  const top = Math.max(...values) * 1.2 || 1;
  const step = WIDTH / (values.length - 1);
  const line = values.map((value, at) => `${(at * step).toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`);
  const path = `M${line.join('L')}`;
  return (
    <svg className={`${styles.spark} ${color}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={`${path}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}z`} fill="currentColor" opacity=".13" />
      <path d={path} fill="none" stroke="currentColor" strokeWidth="1.25" strokeLinejoin="round" />
    </svg>
  );
}
