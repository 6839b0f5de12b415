import type { Clock } from '../base/clock.ts';
import type { Disposable } from '../base/lifecycle.ts';

/**
 * Tells once when nothing moved for `afterMs` while it was watching. `progress()` is cheap enough for every chunk: it
 * arms no timer.
 */
export class StallWatch implements Disposable {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #onStall: () => void;
  #timer: Disposable | undefined;
  #movedAtMs = 0;

  constructor(clock: Clock, afterMs: number, onStall: () => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#onStall = onStall;
  }

  get isWatching(): boolean {
    return this.#timer !== undefined;
  }

  start(): void {
    if (this.#timer) return;
    this.#movedAtMs = this.#clock.nowMs();
    this.#arm(this.#afterMs);
  }

  progress(): void {
    if (this.#timer) this.#movedAtMs = this.#clock.nowMs();
  }

  stop(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  dispose(): void {
    this.stop();
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.timer(ms, () => {
      const leftMs = this.#movedAtMs + this.#afterMs - this.#clock.nowMs();
      if (leftMs > 0) return this.#arm(leftMs);
      this.#timer = undefined;
      this.#onStall();
    });
  }
}
