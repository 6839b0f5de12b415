import type { Clock } from '../../shared/base/clock.ts';

/** Counts deaths: more than `most` within `withinMs` and nothing is started again until some of them are old. */
export class RestartCap {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #withinMs: number;
  #deathsMs: number[] = [];

  constructor(clock: Clock, options: { most: number; withinMs: number }) {
    this.#clock = clock;
    this.#most = options.most;
    this.#withinMs = options.withinMs;
  }

  died(): void {
    this.#deathsMs.push(this.#clock.nowMs());
    if (this.#deathsMs.length > this.#most) this.#deathsMs.shift();
  }

  /** Deaths within the time. */
  get recent(): number {
    const since = this.#clock.nowMs() - this.#withinMs;
    return this.#deathsMs.filter((deathMs) => deathMs > since).length;
  }

  get mayStart(): boolean {
    return this.recent < this.#most;
  }
}
