const LEAST_MS = 10_000; // a log is written once a second where something moves (PVE wire facts 6.4)
const TIMES = 4; // as long as the longest pause between changes so far
const KEPT = 12;
const HOLE_MS = 5_000; // more than that between two looks was not seen, and is not held against it

/** Tells since when nothing has moved, once that is longer than its own pauses explain. Counts only time it was looked at. */
export class StallGauge {
  readonly #pausesMs: number[] = [];
  #lookedAtMs: number | undefined;
  #stillMs = 0;
  #changes = 0;

  /** True while it stalls. */
  look(atMs: number, hasChanged: boolean): boolean {
    const passedMs = this.#lookedAtMs === undefined ? 0 : Math.max(0, atMs - this.#lookedAtMs);
    this.#lookedAtMs = atMs;
    this.#stillMs += Math.min(passedMs, HOLE_MS);
    if (hasChanged) {
      this.#changes += 1;
      this.#pausesMs.push(this.#stillMs);
      if (this.#pausesMs.length > KEPT) this.#pausesMs.shift();
      this.#stillMs = 0;
    }
    return this.isStalled;
  }

  /** One that never moved is not known to do so: it may just be of those that tell nothing. */
  get isStalled(): boolean {
    return this.#changes >= 2 && this.#stillMs > Math.max(LEAST_MS, TIMES * Math.max(...this.#pausesMs.slice(1), 0));
  }

  get stillMs(): number {
    return this.#stillMs;
  }
}
