import { type Clock, every } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

export interface Swept {
  handleSweep(overdueMs: number): void;
}

/** One timer for all that is looked at in the same rhythm: a thousand silent tunnels have one, not a thousand. */
export class LineSweep {
  readonly #clock: Clock;
  readonly #everyMs: number;
  readonly #all = new Set<Swept>();
  #timer: Disposable | undefined;
  #dueAtMs = 0;

  private constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  static of(clock: Clock, everyMs: number): LineSweep {
    const rhythms = sweeps.get(clock) ?? new Map<number, LineSweep>();
    sweeps.set(clock, rhythms);
    const sweep = rhythms.get(everyMs) ?? new LineSweep(clock, everyMs);
    rhythms.set(everyMs, sweep);
    return sweep;
  }

  add(one: Swept): void {
    this.#all.add(one);
    if (this.#timer) return;
    this.#dueAtMs = this.#clock.nowMs() + this.#everyMs;
    this.#timer = every(this.#clock, this.#everyMs, () => this.#sweep());
  }

  delete(one: Swept): void {
    if (!this.#all.delete(one) || this.#all.size > 0) return;
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #sweep(): void {
    const overdueMs = this.#clock.nowMs() - this.#dueAtMs;
    this.#dueAtMs = this.#clock.nowMs() + this.#everyMs;
    for (const one of this.#all) one.handleSweep(overdueMs);
  }
}

const sweeps = new WeakMap<Clock, Map<number, LineSweep>>();
