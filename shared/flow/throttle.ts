import { sleep } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';

const BURST_MS = 250; // of what the limit lets through at once after a pause
const LEAST_BYTES_PER_SECOND = 1024; // below, a server takes the silence for the end
const PIECES_PER_SECOND = 16;
const MOST_PIECE_BYTES = 1 << 20;
const LEAST_PIECE_BYTES = 64;

/** One limit of bytes a second for any number of streams. Whoever takes first goes first. */
export class Throttle {
  readonly #clock: Clock;
  #bytesPerSecond = 0;
  /** When all that was taken so far is through. */
  #freeAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0: no limit. Less than 1 KiB counts as 1 KiB. */
  set bytesPerSecond(value: number) {
    this.#bytesPerSecond = value <= 0 ? 0 : Math.max(LEAST_BYTES_PER_SECOND, value);
    this.#freeAtMs = Math.min(this.#freeAtMs, this.#clock.nowMs());
  }

  get isLimited(): boolean {
    return this.#bytesPerSecond > 0;
  }

  /** How much to take at once, so that streams wait often and shortly rather than seldom and long. */
  get pieceBytes(): number {
    if (!this.isLimited) return MOST_PIECE_BYTES;
    const even = Math.floor(this.#bytesPerSecond / PIECES_PER_SECOND);
    return Math.min(MOST_PIECE_BYTES, Math.max(LEAST_PIECE_BYTES, even));
  }

  /** Resolves when that many may go; `undefined` where they may at once. */
  take(bytes: number, signal?: AbortSignal): Promise<void> | undefined {
    if (!this.isLimited) return undefined;
    const nowMs = this.#clock.nowMs();
    const fromMs = Math.max(this.#freeAtMs, nowMs - BURST_MS);
    this.#freeAtMs = fromMs + (bytes * 1000) / this.#bytesPerSecond;
    const waitMs = this.#freeAtMs - nowMs;
    return waitMs <= 0 ? undefined : sleep(this.#clock, waitMs, signal);
  }
}
