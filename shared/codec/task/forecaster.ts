import type { TaskForecast, TaskPart, TaskProgress } from '../../model/task.ts';
import type { LogFacts } from './logParser.ts';
import { firstPassBytes, MemoryForecast } from './memoryForecast.ts';
import { PartRates } from './partRates.ts';
import { RateWindow } from './rateWindow.ts';
import { StallGauge } from './stallGauge.ts';
import { spanText } from './words.ts';

const SPANS_MS = [10_000, 30_000, 120_000];
const LEAST_SPAN_MS = 2_000; // before that a rate is noise
const MOST_ETA_S = 30 * 86_400; // beyond that it says nothing

/** One successful look at a task's log. */
export interface Look {
  /** Monotonic. */
  readonly atMs: number;
  readonly wallMs: number;
  readonly progress: TaskProgress;
  readonly facts: LogFacts;
}

/** Says from what a log told so far when it will be over, and whether it moves at all. No I/O, no clock of its own. */
export class Forecaster {
  readonly #work = new RateWindow();
  readonly #parts = new PartRates(SPANS_MS);
  readonly #stall = new StallGauge();
  readonly #memory = new MemoryForecast();
  #unit = '';
  #last = '';
  #stalledSinceMs: number | undefined;

  push(look: Look): TaskProgress {
    const { atMs, wallMs, progress, facts } = look;
    const memory = facts.memory?.isReady ? undefined : facts.memory;
    this.#memory.push({ atMs, facts, dirtyRate: progress.dirtyBytesPerSecond });
    this.#pushWork(atMs, progress);
    this.#parts.push(atMs, progress.parts ?? []);
    const isStill = this.#stall.look(atMs, this.#hasMoved(progress, facts));
    const isStalled = isStill && tellsHowFar(progress, facts);
    this.#stalledSinceMs = isStalled ? (this.#stalledSinceMs ?? wallMs - this.#stall.stillMs) : undefined;

    const { etaSeconds: told, ...rest } = progress;
    const eta = isStalled ? undefined : (told ?? (memory ? this.#memory.eta(facts) : this.#eta(progress, facts)));
    const remaining = remainingOf(progress);
    const forecast = isStalled ? stalledForecast(this.#stall.stillMs, progress) : this.#memory.forecast(facts);
    const rate = this.#rate(progress, memory !== undefined, isStalled);
    return {
      ...rest,
      ...(isStalled && rest.parts && { parts: rest.parts.map(standing) }),
      ...(rate !== undefined && { bytesPerSecond: rate }),
      ...(remaining !== undefined && { remainingBytes: remaining }),
      ...(eta && { etaSeconds: tidy(eta) }),
      ...(this.#stalledSinceMs !== undefined && { stalledSinceMs: this.#stalledSinceMs }),
      ...(forecast && { forecast }),
    };
  }

  /** Of memory what really went over: a line's own rate counts empty pages. */
  #rate(progress: TaskProgress, isMemory: boolean, isStalled: boolean): number | undefined {
    if (isStalled) return 0;
    if (isMemory) return orUndefined(this.#memory.rate) ?? progress.bytesPerSecond;
    if (progress.bytesPerSecond !== undefined) return progress.bytesPerSecond;
    return this.#unit === 'bytes' ? orUndefined(this.#work.over(SPANS_MS[0] ?? 0)) : undefined;
  }

  #pushWork(atMs: number, { doneBytes, totalBytes, fraction }: TaskProgress): void {
    const isBytes = doneBytes !== undefined && totalBytes !== undefined;
    const unit = isBytes ? 'bytes' : fraction === undefined ? 'none' : 'fraction';
    if (unit !== this.#unit) this.#work.clear();
    this.#unit = unit;
    if (unit !== 'none') this.#work.push(atMs, isBytes ? doneBytes : (fraction ?? 0));
  }

  #eta({ doneBytes, totalBytes, fraction }: TaskProgress, facts: LogFacts): [number, number] | undefined {
    const rates = this.#work.bounds(SPANS_MS);
    if (!rates || this.#work.spanMs < LEAST_SPAN_MS) return undefined;
    const isBytes = this.#unit === 'bytes';
    const rest = isBytes ? (totalBytes ?? 0) - (doneBytes ?? 0) : 1 - (fraction ?? 0);
    const memory = facts.awaitedMemoryBytes;
    if (rest <= 0 || (memory !== undefined && (memory === 0 || !isBytes))) return undefined;
    // Disks that are copied at the same time end when the last of them does, each at a pace of its own.
    const slowestS = Math.max(rest / rates.low, this.#parts.slowestS());
    const [least, most] = memory === undefined ? [0, 0] : firstPassBytes(memory);
    return [(0.85 * rest + least) / rates.high, 1.2 * slowestS + most / rates.low + 2];
  }

  #hasMoved({ doneBytes, fraction, phase }: TaskProgress, { memory }: LogFacts): boolean {
    const now = JSON.stringify([doneBytes, fraction, phase, memory?.sentBytes]);
    if (now === this.#last) return false;
    this.#last = now;
    return true;
  }
}

/** A phase without a number, such as a copy by `cp`, is silent however well it goes. */
function tellsHowFar({ doneBytes, fraction }: TaskProgress, { memory }: LogFacts): boolean {
  return doneBytes !== undefined || fraction !== undefined || memory !== undefined;
}

/** What it moved at before nothing moved is not what it moves at. */
const standing = (part: TaskPart): TaskPart =>
  part.bytesPerSecond === undefined ? part : { ...part, bytesPerSecond: 0 };

function remainingOf({ doneBytes, totalBytes }: TaskProgress): number | undefined {
  return doneBytes === undefined || totalBytes === undefined ? undefined : Math.max(0, totalBytes - doneBytes);
}

function stalledForecast(stillMs: number, { phase }: TaskProgress): TaskForecast {
  const what = phase === undefined ? 'Nothing has moved' : `${phase}: nothing has moved`;
  const options = ['look whether both nodes and the link between them are busy or down', 'stop the task'];
  return { kind: 'stalled', sentence: `${what} for ${spanText(stillMs / 1000)}.`, options };
}

/** Finite, not below nothing, the low one first, in whole seconds. */
function tidy([low, high]: readonly [number, number]): [number, number] {
  const bound = (seconds: number) => Math.min(MOST_ETA_S, Math.max(0, Number.isFinite(seconds) ? seconds : MOST_ETA_S));
  const first = Math.floor(bound(Math.min(low, high)));
  return [first, Math.max(first, Math.ceil(bound(Math.max(low, high))))];
}

const orUndefined = (rate: number | undefined) => (rate === undefined ? undefined : Math.round(rate));
