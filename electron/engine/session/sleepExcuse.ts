import type { Clock } from '../../../shared/base/clock.ts';

const WAKING_MS = 15_000; // until networks are back nothing says anything about a server

/** While the machine sleeps, and a moment longer, no failure is held against anybody. */
export class SleepExcuse {
  readonly #clock: Clock;
  #isAsleep = false;
  #wokeAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get holds(): boolean {
    return this.#isAsleep || this.#clock.nowMs() - this.#wokeAtMs < WAKING_MS;
  }

  setAsleep(isAsleep: boolean): void {
    if (this.#isAsleep && !isAsleep) this.#wokeAtMs = this.#clock.nowMs();
    this.#isAsleep = isAsleep;
  }
}
