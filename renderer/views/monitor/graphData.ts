import type { TaskSample } from '../../../shared/model/task.ts';

type Column = (number | null | undefined)[];

export interface GraphData {
  /** Seconds, rate, dirty rate, what remains, and the forecast of it. All of the same length. */
  readonly columns: [number[], Column, Column, Column, Column];
  readonly hasDirty: boolean;
  readonly hasLeft: boolean;
}

/** A forecast never takes more of the picture than what was measured. */
const MOST_AHEAD = 0.5;

/**
 * Samples as columns of a graph. With an ETA and something that remains, a last point stands in the future: where the
 * line of what remains meets zero, or how far it has come by the edge of the picture.
 */
export function graphData(samples: readonly TaskSample[], etaSeconds?: readonly [number, number]): GraphData {
  const columns: GraphData['columns'] = [[], [], [], [], []];
  const [times, rates, dirty, left, ahead] = columns;
  for (const sample of samples) {
    times.push(sample.atMs / 1000);
    rates.push(sample.bytesPerSecond);
    dirty.push(sample.dirtyBytesPerSecond);
    left.push(sample.remainingBytes);
    ahead.push(null);
  }
  const first = times[0];
  const last = times.at(-1);
  const remains = samples.at(-1)?.remainingBytes;
  if (first !== undefined && last !== undefined && remains !== undefined && remains > 0 && etaSeconds) {
    const etaS = Math.max(1, (etaSeconds[0] + etaSeconds[1]) / 2);
    const aheadS = Math.min(etaS, Math.max(1, (last - first) * MOST_AHEAD));
    ahead[ahead.length - 1] = remains;
    times.push(last + aheadS);
    rates.push(null);
    dirty.push(null);
    left.push(null);
    ahead.push(remains * (1 - aheadS / etaS));
  }
  return {
    columns,
    hasDirty: dirty.some((value) => typeof value === 'number'),
    hasLeft: left.some((value) => typeof value === 'number'),
  };
}
