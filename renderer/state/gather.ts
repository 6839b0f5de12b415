import type { Clock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';

/**
 * Hands over what is pushed: the first at once, and what follows within `ms` together at the end of that time. What is
 * waiting when it is disposed is handed over then.
 */
export class Gather<T> implements Disposable {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #take: (items: readonly T[]) => void;
  #waiting: T[] = [];
  #timer: Disposable | undefined;

  constructor(clock: Clock, ms: number, take: (items: readonly T[]) => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#take = take;
  }

  push(item: T): void {
    this.#waiting.push(item);
    if (!this.#timer) this.#flush();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
    this.#handOver();
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    this.#timer = this.#clock.timer(this.#ms, () => this.#flush());
    this.#handOver();
  }

  #handOver(): void {
    const items = this.#waiting;
    this.#waiting = [];
    if (items.length > 0) this.#take(items);
  }
}
