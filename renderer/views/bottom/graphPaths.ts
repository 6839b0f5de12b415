import type { RateSample } from '../../state/tasks.ts';

export interface GraphPaths {
  /** The value at the top of the scale. */
  readonly top: number;
  readonly rate: string;
  readonly dirty: string | undefined;
  /** Closed: between the lines, where the dirty rate is above the rate. */
  readonly excess: string | undefined;
  /** Height of the last point, 0 is the top and 100 the bottom. */
  readonly rateEnd: number;
  readonly dirtyEnd: number | undefined;
}

const line = (points: readonly (readonly [number, number])[]) =>
  points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

/** Lines of samples in a box of 100 by 100; time runs to the right. */
export function graphPaths(samples: readonly RateSample[]): GraphPaths {
  const first = samples[0]?.atMs ?? 0;
  const span = Math.max(1, (samples.at(-1)?.atMs ?? 0) - first);
  const top = Math.max(1, ...samples.flatMap(({ rate, dirty }) => [rate, dirty ?? 0])) * 1.1;
  const x = ({ atMs }: RateSample) => ((atMs - first) / span) * 100;
  const y = (value: number) => 100 - (value / top) * 100;
  const rate = samples.map((one) => [x(one), y(one.rate)] as const);
  const withDirty = samples.flatMap((one) => (one.dirty === undefined ? [] : [{ ...one, dirty: one.dirty }]));
  const dirty = withDirty.map((one) => [x(one), y(one.dirty)] as const);
  const above = withDirty.map((one) => [x(one), y(Math.max(one.dirty, one.rate))] as const);
  const below = withDirty.map((one) => [x(one), y(one.rate)] as const);
  const hasExcess = withDirty.some((one) => one.dirty > one.rate);
  return {
    top,
    rate: line(rate),
    dirty: dirty.length > 1 ? line(dirty) : undefined,
    excess: hasExcess ? `${line([...above, ...below.reverse()])}z` : undefined,
    rateEnd: rate.at(-1)?.[1] ?? 100,
    dirtyEnd: dirty.at(-1)?.[1],
  };
}
