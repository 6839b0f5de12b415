import { difference, intersection, isEmpty, moved, type Rect, union } from './rect.ts';

// More pieces cost more in headers and set-up than the pixels they save.
const MAX_PIECES = 24;

/** A set of pixels as rectangles that do not overlap. Grows coarser, never wrong, when it gets too many pieces. */
export class Region {
  #pieces: Rect[] = [];

  get pieces(): readonly Rect[] {
    return this.#pieces;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  add(rect: Rect): void {
    if (isEmpty(rect)) return;
    let fresh = [rect];
    for (const piece of this.#pieces) {
      fresh = fresh.flatMap((f) => difference(f, piece));
      if (fresh.length === 0) return;
    }
    this.#pieces.push(...fresh);
    if (this.#pieces.length > MAX_PIECES) this.#pieces = [this.#pieces.reduce(union)];
  }

  subtract(rect: Rect): void {
    this.#pieces = this.#pieces.flatMap((piece) => difference(piece, rect));
  }

  /** Pixels of this region inside `rect`, shifted. */
  partsIn(rect: Rect, dx = 0, dy = 0): Rect[] {
    const parts = this.#pieces.map((piece) => intersection(piece, rect)).filter((part) => !isEmpty(part));
    return parts.map((part) => moved(part, dx, dy));
  }

  /** Gives the pieces up and is empty afterwards. */
  take(): Rect[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }
}
