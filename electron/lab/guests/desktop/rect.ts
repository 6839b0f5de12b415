/** Whole pixels; empty when width or height is not positive. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const isEmpty = (r: Rect): boolean => r.width <= 0 || r.height <= 0;

export const contains = (r: Rect, x: number, y: number): boolean =>
  x >= r.x && y >= r.y && x < r.x + r.width && y < r.y + r.height;

export const sameRect = (a: Rect, b: Rect): boolean =>
  a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

export const moved = (r: Rect, dx: number, dy: number): Rect => ({ ...r, x: r.x + dx, y: r.y + dy });

/** Grown by `by` on every side; a negative value shrinks. */
export const grown = (r: Rect, by: number): Rect => ({
  x: r.x - by,
  y: r.y - by,
  width: r.width + 2 * by,
  height: r.height + 2 * by,
});

export function intersection(a: Rect, b: Rect): Rect {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const right = Math.min(a.x + a.width, b.x + b.width);
  const bottom = Math.min(a.y + a.height, b.y + b.height);
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}

export function union(a: Rect, b: Rect): Rect {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

/** What is left of `a` without `b`: at most four rectangles that do not overlap. */
export function difference(a: Rect, b: Rect): Rect[] {
  const cut = intersection(a, b);
  if (isEmpty(cut)) return [a];
  const aRight = a.x + a.width;
  const cutRight = cut.x + cut.width;
  const cutBottom = cut.y + cut.height;
  return [
    { x: a.x, y: a.y, width: a.width, height: cut.y - a.y },
    { x: a.x, y: cutBottom, width: a.width, height: a.y + a.height - cutBottom },
    { x: a.x, y: cut.y, width: cut.x - a.x, height: cut.height },
    { x: cutRight, y: cut.y, width: aRight - cutRight, height: cut.height },
  ].filter((r) => !isEmpty(r));
}
