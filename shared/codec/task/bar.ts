/**
 * A bar that never goes back. Where what is true goes back, because more came than was known, the rest of the bar
 * stands for the rest of the work from there on: it still moves, and is full when all is done.
 */
export class Bar {
  #shown = 0;
  #true = 0;
  #shownThen = 0;
  #trueThen = 0;

  /** 0..1 in, 0..1 out. */
  push(fraction: number): number {
    const now = Math.min(1, Math.max(0, fraction));
    if (now < this.#true) {
      this.#shownThen = this.#shown;
      this.#trueThen = now;
    }
    this.#true = now;
    const share = this.#trueThen < 1 ? (now - this.#trueThen) / (1 - this.#trueThen) : 1;
    this.#shown = Math.max(this.#shown, Math.min(1, this.#shownThen + (1 - this.#shownThen) * share));
    return this.#shown;
  }
}
