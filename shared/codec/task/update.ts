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
  /** As the line says. */
  readonly etaSeconds?: readonly [number, number];
  /** How long a guest may stand still at the end of its migration. */
  readonly downtimeLimitMs?: number;
  /** How long it did. */
  readonly downtimeMs?: number;
  /** What the person who started it, or the cluster, allows. */
  readonly limitBytesPerSecond?: number;
  /** A new thing of several begins: numbers start again, the bar does not. */
  readonly begins?: boolean;
  /** Names the one of several that is through, so that a line read twice counts once. */
  readonly ends?: string;
  /** How many things there are. */
  readonly of?: number;
  /** Names a disk that will be a part, so that it counts before it begins. */
  readonly expectsDisk?: string;
  /** The memory will be a part. */
  readonly expectsMemory?: boolean;
  /** Nothing is left to be done. */
  readonly isFinished?: boolean;
}

export interface PartUpdate {
  readonly name: string;
  readonly doneBytes?: number;
  readonly totalBytes?: number;
  readonly fraction?: number;
  readonly isReady?: boolean;
  /** Since it began, by the log. */
  readonly seconds?: number;
  readonly bytesPerSecond?: number;
}

/** Reads lines of one family. Undefined where a line says nothing to it. */
export type LineReader = (line: string) => LogUpdate | undefined;

/** Phases by what a line looks like. */
export function phaseReader(phases: readonly (readonly [RegExp, string])[]): LineReader {
  return (line) => {
    const found = phases.find(([pattern]) => pattern.test(line));
    return found && { phase: found[1] };
  };
}
