import type { Clock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { TransferLimits, TransfersChange } from '../../../shared/model/transfer.ts';
import type { TransferEntry } from './transferEntry.ts';

const TELL_MS = 250; // four a second: more than an eye follows

/** Gathers what changed and tells it at most four times a second, the newest of each. */
export class TransferFeed implements Disposable {
  readonly #clock: Clock;
  readonly #limits: () => TransferLimits;
  readonly #changed = new Emitter<TransfersChange>();
  readonly #waiting = new Set<TransferEntry>();
  #removed: string[] = [];
  #hasWaiting = false;
  #timer: Disposable | undefined;

  readonly onChanged = this.#changed.event;

  constructor(clock: Clock, limits: () => TransferLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  touch(entry?: TransferEntry): void {
    if (entry) this.#waiting.add(entry);
    this.#hasWaiting = true;
    if (!this.#timer) this.#tell();
  }

  remove(entry: TransferEntry): void {
    this.#waiting.delete(entry);
    this.#removed.push(entry.id);
    this.touch();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#changed.dispose();
  }

  #tell(): void {
    const transfers = [...this.#waiting].map((entry) => entry.describe());
    const removed = this.#removed;
    this.#waiting.clear();
    this.#removed = [];
    this.#hasWaiting = false;
    this.#timer = this.#clock.timer(TELL_MS, () => {
      this.#timer = undefined;
      if (this.#hasWaiting) this.#tell();
    });
    this.#changed.fire({ full: false, transfers, removed, limits: this.#limits() });
  }
}
