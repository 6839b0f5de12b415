import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

/** Lets a value through at once, then at most one each `ms`: the latest wins, none is lost for good. */
export class Latest<T> implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #take: (value: T) => void;
  #timer: Disposable | undefined;
  #waiting: { value: T } | undefined;

  constructor(clock: Clock, ms: number, take: (value: T) => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#take = take;
  }

  push(value: T): void {
    if (this.#timer) {
      this.#waiting = { value };
      return;
    }
    this.#arm();
    this.#take(value);
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#waiting = undefined;
  }

  #arm(): void {
    this.#timer = this.#clock.timer(this.#ms, () => {
      this.#timer = undefined;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting) this.push(waiting.value);
    });
  }
}
