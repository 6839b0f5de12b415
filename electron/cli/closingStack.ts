import { type Clock, systemClock } from '../../shared/base/clock.ts';

/** Ends what a command started, newest first. */
export class ClosingStack {
  readonly #clock: Clock;
  readonly #entries: { name: string; close: () => Promise<void> | void }[] = [];

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  add(name: string, close: () => Promise<void> | void): void {
    this.#entries.push({ name, close });
  }

  /** Returns the names of what failed to end, or had not ended after `deadlineMs` for all together. */
  closeAll(deadlineMs: number): Promise<string[]> {
    const left = new Set(this.#entries.map((entry) => entry.name));
    return new Promise((resolve) => {
      const finish = () => {
        timer.dispose();
        resolve([...left]);
      };
      const timer = this.#clock.timer(deadlineMs, finish);
      void this.#closeInOrder(left).then(finish);
    });
  }

  async #closeInOrder(left: Set<string>): Promise<void> {
    for (let entry = this.#entries.pop(); entry; entry = this.#entries.pop()) {
      try {
        await entry.close();
        left.delete(entry.name);
      } catch {
        // Stays in `left`; the next one is ended all the same.
      }
    }
  }
}
