import type { TaskForecast } from '../../model/task.ts';
import type { LogFacts } from './logParser.ts';
import { RateWindow } from './rateWindow.ts';
import { sizeText, spanText } from './words.ts';

const SPANS_MS = [5_000, 20_000, 120_000] as const;
const KEPT_LINES = 8;
const SENT_AGAIN = 1.05; // of its memory: from there on it is dirty memory that is sent
const NEVER_SENT = 1.5; // times its memory: it has had its second chance
const LIKELY_SENT = 1.2; // the same, where it also was told once that more is dirtied than sent
const MOSTLY_EMPTY = 0.05; // so much of what was not sent yet will be, at the least: the rest of it is empty
const LEAST_FIRST = 0.1; // of the time so far: nothing tells that the first pass is not about to end
const SENT_TWICE = 2; // what is dirtied while all of it goes over for the first time is as much again, at the most
// Each pass takes some share of the time of the one before, and nobody knows which: if all shares are as likely, more
// than s times the time so far is to come with a chance of 1 in 1 + s. Growing downtime and QEMU's own brake on a
// guest that dirties too much cut that tail.
const LEAST_LATER = 0.05;
const MOST_LATER = 3;
const NEVER_LINES = 3; // of the last eight that say that more is dirtied than sent

/** How much is still to be sent while memory goes over for the first time, at the least and at the most. */
export function firstPassBytes(totalBytes: number, sentBytes = 0): readonly [number, number] {
  return [MOSTLY_EMPTY * Math.max(0, totalBytes - sentBytes), SENT_TWICE * totalBytes - sentBytes];
}

export interface MemoryLook {
  readonly atMs: number;
  readonly facts: LogFacts;
  readonly dirtyRate: number | undefined;
}

/**
 * The end of a live migration, from what its log says. What remains is not in the log: the first pass sends up to all
 * of the memory but skips what is empty, and how much is dirtied is told only while it is more than is sent.
 */
export class MemoryForecast {
  readonly #window = new RateWindow();
  readonly #dirty: boolean[] = [];
  #startedAtMs: number | undefined;
  #sentBytes = 0;
  #atMs = 0;
  #growths = 0;
  #downtimeLimitMs: number | undefined;
  #dirtyRate = 0;

  push({ atMs, facts, dirtyRate }: MemoryLook): void {
    const { memory } = facts;
    if (!memory) return;
    this.#startedAtMs ??= atMs;
    if (facts.downtimeLimitMs !== undefined && facts.downtimeLimitMs !== this.#downtimeLimitMs) {
      if (this.#downtimeLimitMs !== undefined) this.#growths += 1;
      this.#downtimeLimitMs = facts.downtimeLimitMs;
    }
    if (memory.sentBytes === this.#sentBytes) return;
    this.#sentBytes = memory.sentBytes;
    this.#atMs = atMs;
    this.#window.push(atMs, memory.sentBytes);
    const isDirty = (dirtyRate ?? 0) > 0;
    if (isDirty) this.#dirtyRate = dirtyRate ?? 0;
    this.#dirty.push(isDirty);
    if (this.#dirty.length > KEPT_LINES) this.#dirty.shift();
  }

  /** Bytes a second that really went over, in the last seconds. */
  get rate(): number | undefined {
    return this.#window.over(SPANS_MS[0]);
  }

  /** Low and high. Undefined where nothing can be said, or where it will not end. */
  eta(facts: LogFacts): [number, number] | undefined {
    const { memory } = facts;
    const rates = this.#window.bounds(SPANS_MS);
    if (!memory || memory.isReady || !rates || this.#kind(facts) === 'never') return undefined;
    const elapsedS = (this.#atMs - (this.#startedAtMs ?? this.#atMs)) / 1000;
    if (this.#isSecondPass(facts)) return [Math.min(1, LEAST_LATER * elapsedS), Math.max(5, MOST_LATER * elapsedS)];
    // Empty pages are not sent: nobody knows how much of the rest is. And what was dirtied meanwhile comes on top.
    const [least, most] = firstPassBytes(memory.totalBytes, memory.sentBytes);
    const low = Math.min(least / rates.high, LEAST_FIRST * elapsedS);
    const high = most / rates.low + 2;
    return [low, Math.max(low, high)];
  }

  forecast(facts: LogFacts): TaskForecast | undefined {
    if (facts.downtimeMs !== undefined) {
      const sentence = `The guest stood still for ${spanText(facts.downtimeMs / 1000)}.`;
      return { kind: 'finishes', sentence, options: [], downtimeMs: [facts.downtimeMs, facts.downtimeMs] };
    }
    const kind = this.#kind(facts);
    if (kind === undefined) return undefined;
    const limitMs = this.#downtimeLimitMs;
    const downtime = limitMs === undefined || kind === 'never' ? {} : { downtimeMs: [0, limitMs] as [number, number] };
    const options = kind === 'finishes' ? [] : this.#options(facts);
    return { kind, sentence: this.#sentence(kind, facts), options, ...downtime };
  }

  #isSecondPass({ memory }: LogFacts): boolean {
    if (!memory) return false;
    return memory.sentBytes >= memory.totalBytes || this.#growths > 0 || this.#dirty.includes(true);
  }

  #kind({ memory }: LogFacts): 'finishes' | 'slow' | 'never' | undefined {
    if (!memory || memory.isReady || this.#window.over(120_000) === undefined) return undefined;
    const dirtyLines = this.#dirty.filter(Boolean).length;
    const sent = memory.sentBytes / Math.max(1, memory.totalBytes);
    const isNever = dirtyLines >= NEVER_LINES || sent > NEVER_SENT || (sent > LIKELY_SENT && this.#dirtyRate > 0);
    if (isNever) return 'never';
    if (dirtyLines > 0 || this.#growths > 0 || memory.sentBytes > SENT_AGAIN * memory.totalBytes) return 'slow';
    return 'finishes';
  }

  #sentence(kind: 'finishes' | 'slow' | 'never', facts: LogFacts): string {
    const { memory } = facts;
    const carries = `the link carries ${sizeText(this.rate ?? 0)}/s`;
    // QEMU counts what was dirtied when it begins anew: before that there is nothing to tell.
    const isKnown = this.#isSecondPass(facts);
    if (kind === 'finishes' && isKnown) return `Will finish: ${carries}, and the guest dirties less.`;
    if (kind === 'finishes') return `Should finish: ${carries}. What the guest dirties shows once all of it went over.`;
    const dirties =
      this.#dirtyRate > 0
        ? `The guest dirties ${sizeText(this.#dirtyRate)}/s, ${carries}`
        : `${sizeText(memory?.sentBytes ?? 0)} were sent of ${sizeText(memory?.totalBytes ?? 0)}, since the guest dirties its memory about as fast as ${carries}`;
    return kind === 'never' ? `${dirties}.` : `May take long. ${dirties}.`;
  }

  #options(facts: LogFacts): string[] {
    const limit = facts.limitBytesPerSecond;
    return [
      ...(limit === undefined ? [] : [`raise its limit of ${sizeText(limit)}/s`]),
      'pause the guest until it has moved',
      'let it do less, or migrate at a quieter hour',
      'stop the migration, shut the guest down and migrate it offline',
    ];
  }
}
