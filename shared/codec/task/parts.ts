import type { TaskPart } from '../../model/task.ts';
import { MEMORY } from './migrationLines.ts';
import type { LogUpdate, PartUpdate } from './update.ts';

interface Part {
  readonly name: string;
  /** As the log says: of the memory it may be more than there is. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly fraction: number | undefined;
  readonly isReady: boolean;
  readonly seconds: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

const fresh = (name: string): Part => ({
  ...{ name, sentBytes: 0, totalBytes: 0, isReady: false },
  ...{ fraction: undefined, seconds: undefined, bytesPerSecond: undefined },
});

const UNKNOWN_MEMORY = 0.1; // of the disks: what is kept free on the bar for memory of unknown size

/** The disks and the memory of a task: those that move, and those that are known to come. */
export class Parts {
  readonly #parts = new Map<string, Part>();
  readonly #expected = new Set<string>();
  readonly #hints: { readonly memoryBytes?: number | undefined };
  #expectsMemory = false;

  constructor(hints: { readonly memoryBytes?: number | undefined } = {}) {
    this.#hints = hints;
  }

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  get memory(): Part | undefined {
    return this.#parts.get(MEMORY);
  }

  /** Of memory that is known to come; 0 where nobody knows how much. */
  get awaitedMemoryBytes(): number | undefined {
    return this.#expectsMemory && !this.memory ? (this.#hints.memoryBytes ?? 0) : undefined;
  }

  apply(update: LogUpdate): void {
    if (update.expectsDisk !== undefined) this.#expected.add(update.expectsDisk);
    if (update.expectsMemory) this.#expectsMemory = true;
    if (update.part) this.#move(update.part);
  }

  /** Disks in the order of their names, the memory last. */
  list(): TaskPart[] {
    const sorted = [...this.#parts.values()].sort((a, b) => orderOf(a) - orderOf(b) || compareNames(a.name, b.name));
    return sorted.map((part) => ({
      name: part.name,
      doneBytes: doneOf(part),
      totalBytes: part.totalBytes,
      isReady: part.isReady,
      ...(part.fraction !== undefined && { fraction: part.fraction }),
      ...(part.bytesPerSecond !== undefined && !part.isReady && { bytesPerSecond: part.bytesPerSecond }),
    }));
  }

  doneBytes(): number {
    return sum([...this.#parts.values()].map(doneOf));
  }

  /** Undefined where a size is not known. */
  totalBytes(): number | undefined {
    const sizes = [...this.#parts.values()].map((part) => part.totalBytes);
    return sizes.includes(0) ? undefined : sum(sizes);
  }

  /** What moves now, all together. Undefined where nothing does or none tells. */
  bytesPerSecond(): number | undefined {
    const rates = [...this.#parts.values()].flatMap(({ isReady, bytesPerSecond }) =>
      isReady || bytesPerSecond === undefined ? [] : [bytesPerSecond],
    );
    return rates.length > 0 ? sum(rates) : undefined;
  }

  /** 0..1 of all there is and is known to come. It falls where more comes than was known. */
  fraction(): number | undefined {
    const parts = [...this.#parts.values()];
    if (parts.length === 0 || parts.some((part) => part.fraction === undefined)) return undefined;
    const disks = parts.filter((part) => part.name !== MEMORY);
    const sized = disks.filter((part) => part.totalBytes > 0);
    const typical = sized.length > 0 ? sum(sized.map((part) => part.totalBytes)) / sized.length : 1;
    const weightOf = (part: Part) => part.totalBytes || typical;
    const unseen = Math.max(0, this.#expected.size - disks.length) * typical;
    const whole = sum(parts.map(weightOf)) + unseen;
    const memory = this.#expectsMemory && !this.memory ? (this.#hints.memoryBytes ?? whole * UNKNOWN_MEMORY) : 0;
    return sum(parts.map((part) => weightOf(part) * (part.fraction ?? 0))) / (whole + memory);
  }

  #move(update: PartUpdate): void {
    const before = this.#parts.get(update.name) ?? fresh(update.name);
    const totalBytes = update.totalBytes ?? before.totalBytes;
    const isReady = before.isReady || (update.isReady ?? false);
    const sentBytes = Math.max(before.sentBytes, update.doneBytes ?? 0, isReady ? totalBytes : 0);
    this.#parts.set(update.name, {
      name: update.name,
      ...{ sentBytes, totalBytes, isReady },
      fraction: fractionOf({ ...before, sentBytes, totalBytes, isReady }, update.fraction),
      seconds: update.seconds ?? before.seconds,
      bytesPerSecond: rateOf(before, update, sentBytes),
    });
  }
}

/** A part's own bar never goes back either. */
function fractionOf(part: Part, told: number | undefined): number | undefined {
  if (part.isReady) return 1;
  const own = told ?? (part.totalBytes > 0 ? Math.min(1, part.sentBytes / part.totalBytes) : undefined);
  return own === undefined ? part.fraction : Math.max(part.fraction ?? 0, own);
}

/** By the log's own seconds since the line before, so that a clock that jumps changes nothing. */
function rateOf(before: Part, update: PartUpdate, sentBytes: number): number | undefined {
  if (update.bytesPerSecond !== undefined) return update.bytesPerSecond;
  if (update.seconds === undefined) return before.bytesPerSecond;
  const seconds = update.seconds - (before.seconds ?? 0);
  return seconds > 0 ? Math.round((sentBytes - before.sentBytes) / seconds) : before.bytesPerSecond;
}

const doneOf = (part: Part): number => {
  if (part.totalBytes === 0) return part.sentBytes;
  return Math.min(part.totalBytes, Math.max(part.sentBytes, Math.round(part.totalBytes * (part.fraction ?? 0))));
};
const orderOf = (part: Part): number => (part.name === MEMORY ? 1 : 0);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** `scsi2` before `scsi10`. */
function compareNames(a: string, b: string): number {
  const [, wordA = '', numberA = '0'] = /^(.*?)(\d*)$/.exec(a) ?? [];
  const [, wordB = '', numberB = '0'] = /^(.*?)(\d*)$/.exec(b) ?? [];
  if (wordA === wordB) return Number(numberA) - Number(numberB);
  return wordA < wordB ? -1 : 1;
}
