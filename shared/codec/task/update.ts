/** What one line of a log says. Everything it does not mention stays as it was. */
export interface LogUpdate {
  readonly phase?: string;
  /** Of a part: a disk, or the memory. */
  readonly part?: PartUpdate;
  /** Of the whole, where the line itself says so. 0..1 */
  readonly fraction?: number;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
  readonly bytesPerSecond?: number;
  readonly dirtyBytesPerSecond?: number;
  readonly etaSeconds?: readonly [number, number];
  /** A new thing of several begins: numbers start again, the bar does not. */
  readonly begins?: boolean;
  /** Names the one of several that is through, so that a line read twice counts once. */
  readonly ends?: string;
  /** How many things there are. */
  readonly of?: number;
}

export interface PartUpdate {
  readonly name: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
  readonly isReady?: boolean;
}

/** Reads lines of one family. Undefined where a line says nothing to it. */
export type LineReader = (line: string) => LogUpdate | undefined;

/** Guesses how long the rest takes from two rates: the low and the high one of them. */
export function eta(restBytes: number, rates: readonly number[]): readonly [number, number] | undefined {
  const usable = rates.filter((rate) => rate > 0);
  if (usable.length === 0 || restBytes < 0) return undefined;
  const seconds = usable.map((rate) => Math.round(restBytes / rate));
  return [Math.min(...seconds), Math.max(...seconds)];
}
