/**
 * Decides how much of what the RFB client was given counts as consumed.
 *
 * The client keeps in a queue what it cannot use yet, for one of two reasons:
 * - it waits for the rest of one unit (a rectangle, a clipboard text). The unit may be larger than the source's
 *   window, so all that came counts as consumed, or the rest would never come. The unit has a limit instead.
 * - it is busy: pictures of the last update are still being decoded. Then only what left the queue counts, and the
 *   source stops by itself.
 * So the queue never holds more than one unit and one window.
 */
export class Intake {
  readonly #maxUnitBytes: number;
  #received = 0;
  #consumed = 0;

  constructor(maxUnitBytes: number) {
    this.#maxUnitBytes = maxUnitBytes;
  }

  get unconsumedBytes(): number {
    return this.#received - this.#consumed;
  }

  received(bytes: number): void {
    this.#received += bytes;
  }

  /** Bytes to acknowledge now. `too-large`: one unit is over the limit, and the stream cannot go on. */
  settle(queue: { readonly bytes: number; readonly isBusy: boolean }): number | 'too-large' {
    if (!queue.isBusy && queue.bytes > this.#maxUnitBytes) return 'too-large';
    const done = queue.isBusy ? this.#received - queue.bytes : this.#received;
    const bytes = Math.max(0, done - this.#consumed); // a unit under way may have been consumed ahead
    this.#consumed += bytes;
    return bytes;
  }
}
