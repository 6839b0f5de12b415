import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

const SWEEP_MS = 1000; // a burst that pauses longer than that may fill its buffers anew

/** Something that keeps a big buffer for traffic to come. */
export interface Hot {
  /** True once it gave its buffer back, or has none any more. Asked once a sweep. */
  coolDown(): boolean;
}

/** Asks those with big buffers now and then whether they still need them. No timer runs while there are none. */
export class CoolDown {
  readonly #clock: Clock;
  readonly #hot = new Set<Hot>();
  #timer: Disposable | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  add(item: Hot): void {
    this.#hot.add(item);
    this.#timer ??= this.#clock.timer(SWEEP_MS, () => this.#sweep());
  }

  delete(item: Hot): void {
    if (!this.#hot.delete(item) || this.#hot.size > 0) return;
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #sweep(): void {
    this.#timer = undefined;
    for (const item of this.#hot) {
      if (item.coolDown()) this.#hot.delete(item);
    }
    if (this.#hot.size > 0) this.#timer = this.#clock.timer(SWEEP_MS, () => this.#sweep());
  }
}

/** The process's own. */
export const coolDown = new CoolDown();
