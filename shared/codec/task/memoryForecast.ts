import type { TaskForecast } from '../../model/task.ts';
import type { LogFacts } from './logParser.ts';
import { RateWindow } from './rateWindow.ts';
import { sizeText, spanText } from './words.ts';

const SPANS_MS = [5_000, 20_000, 120_000] as const;
const KEPT_LINES = 8;
const SENT_AGAIN = 1.05; // of its memory: from there on it is dirty memory that is sent
const NEVER_SENT = 1.5; // times its memory: it has had its second chance
const LIKELY_SENT = 1.2; // the same, where it also was told once that more is dirtied than sent
const MOSTLY_EMPTY = 0.1; // so much of what was not sent yet will be, at the least
const NEVER_LINES = 3; // of the last eight that say that more is dirtied than sent

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
    const unsentBytes = Math.max(0, memory.totalBytes - memory.sentBytes);
    if (this.#isSecondPass(facts)) return [Math.min(1, 0.05 * elapsedS), Math.max(5, 0.6 * elapsedS)];
    // Empty pages are not sent: nobody knows how much of the rest is. And what was dirtied meanwhile comes on top.
    const low = Math.min((MOSTLY_EMPTY * unsentBytes) / rates.high, 0.3 * elapsedS);
    const high = unsentBytes / rates.low + 2;
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

  #sentence(kind: 'finishes' | 'slow' | 'never', { memory }: LogFacts): string {
    const carries = `the link carries ${sizeText(this.rate ?? 0)}/s`;
    if (kind === 'finishes') return `Will finish: ${carries}, and the guest dirties less.`;
    const dirties =
      this.#dirtyRate > 0
        ? `the guest dirties ${sizeText(this.#dirtyRate)}/s, ${carries}`
        : `${sizeText(memory?.sentBytes ?? 0)} were sent of ${sizeText(memory?.totalBytes ?? 0)}, since the guest dirties its memory about as fast as ${carries}`;
    return kind === 'never' ? `Will not finish: ${dirties}.` : `May take long: ${dirties}.`;
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
