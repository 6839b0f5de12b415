import type { Clock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import { RestartCap } from './restartCap.ts';

/** Before the second, third and further starts in a row; the first one comes at once. */
const PAUSES_MS = [0, 500, 1_000, 2_000];

export interface RecoveryOptions {
  readonly clock: Clock;
  /** So many deaths within the time and it is given up. */
  readonly most: number;
  readonly withinMs: number;
  readonly start: () => void;
  readonly giveUp: () => void;
}

/** Starts what died again, a little later each time, and gives it up where that does not help. */
export class Recovery implements Disposable {
  readonly #options: RecoveryOptions;
  #cap: RestartCap;
  #timer: Disposable | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#cap = new RestartCap(options.clock, options);
  }

  /** A start is on its way. */
  get isPending(): boolean {
    return this.#timer !== undefined;
  }

  get mayStart(): boolean {
    return this.#cap.mayStart;
  }

  died(): void {
    this.#cap.died();
    this.dispose();
    if (!this.#cap.mayStart) return this.#options.giveUp();
    const pauseMs = PAUSES_MS[Math.min(this.#cap.recent, PAUSES_MS.length) - 1] ?? 0;
    if (pauseMs === 0) return this.#options.start();
    this.#timer = this.#options.clock.timer(pauseMs, () => {
      this.#timer = undefined;
      this.#options.start();
    });
  }

  /** The person wants it tried again: what was is forgotten. */
  again(): void {
    this.dispose();
    this.#cap = new RestartCap(this.#options.clock, this.#options);
    this.#options.start();
  }

  /** Gives a pending start up. */
  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
