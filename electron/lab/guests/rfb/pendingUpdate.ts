import { difference, intersection, isEmpty, moved, type Rect, sameRect } from '../desktop/rect.ts';
import { Region } from '../desktop/region.ts';

export interface Move {
  readonly from: Rect;
  readonly dx: number;
  readonly dy: number;
}

export interface UpdateParts {
  readonly move: Move | undefined;
  readonly rects: readonly Rect[];
}

/** What one viewer has not seen yet: at most one move, done first, and a region to be sent after it. */
export class PendingUpdate {
  readonly #region = new Region();
  #move: Move | undefined;

  get isEmpty(): boolean {
    return !this.#move && this.#region.isEmpty;
  }

  paint(rect: Rect): void {
    this.#region.add(rect);
  }

  /** The frame now holds at the target what it held at `from`; the viewer copies its own pixels, old or not. */
  move(next: Move, bounds: Rect): void {
    const target = moved(next.from, next.dx, next.dy);
    const onScreen =
      sameRect(intersection(target, bounds), target) && sameRect(intersection(next.from, bounds), next.from);
    const last = this.#move;
    const follows = last && sameRect(moved(last.from, last.dx, last.dy), next.from);
    if (!onScreen || (last && !follows)) {
      this.#region.add(intersection(target, bounds));
      return;
    }
    // What was still to be sent inside the source comes along with the copy.
    const stale = this.#region.partsIn(next.from, next.dx, next.dy);
    this.#move = last ? { from: last.from, dx: last.dx + next.dx, dy: last.dy + next.dy } : next;
    for (const rect of stale) this.#region.add(rect);
    // Two copies became one: the viewer's pixels in between never were what the frame held there.
    if (last) for (const rect of difference(next.from, target)) this.#region.add(rect);
  }

  /** The viewer is sent everything; nothing older counts. */
  reset(bounds: Rect): void {
    this.#move = undefined;
    this.#region.take();
    this.#region.add(bounds);
  }

  /** Takes what lies inside `wanted`; a move is taken only when it does so as a whole. */
  take(wanted: Rect): UpdateParts {
    let move = this.#move;
    this.#move = undefined;
    if (move && !this.#isInside(move, wanted)) {
      this.#region.add(moved(move.from, move.dx, move.dy));
      move = undefined;
    }
    const rects = this.#region.partsIn(wanted);
    this.#region.subtract(wanted);
    return { move, rects };
  }

  #isInside({ from, dx, dy }: Move, wanted: Rect): boolean {
    const target = moved(from, dx, dy);
    return !isEmpty(from) && sameRect(intersection(target, wanted), target);
  }
}
