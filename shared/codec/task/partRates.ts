import type { TaskPart } from '../../model/task.ts';
import { RateWindow } from './rateWindow.ts';

const MOST_PARTS = 64; // a guest has at most 60 disks or so

/** How fast each part of a task moves, of several that move at the same time. */
export class PartRates {
  readonly #spansMs: readonly number[];
  readonly #windows = new Map<string, RateWindow>();
  #parts: readonly TaskPart[] = [];

  constructor(spansMs: readonly number[]) {
    this.#spansMs = spansMs;
  }

  push(atMs: number, parts: readonly TaskPart[]): void {
    this.#parts = parts;
    for (const { name, doneBytes } of parts) {
      const window = this.#windows.get(name) ?? new RateWindow();
      if (this.#windows.size < MOST_PARTS) this.#windows.set(name, window);
      window.push(atMs, doneBytes);
    }
  }

  /** Seconds till the last of those that move is there, where each goes on as slowly as it was. 0: none moves. */
  slowestS(): number {
    const seconds = this.#parts.map(({ name, doneBytes, totalBytes, isReady }) => {
      const rate = this.#windows.get(name)?.bounds(this.#spansMs)?.low;
      return isReady || rate === undefined ? 0 : Math.max(0, totalBytes - doneBytes) / rate;
    });
    return Math.max(0, ...seconds);
  }
}
