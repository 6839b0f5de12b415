const LEVEL_LEFT = [1, 7, 6, 14] as const;
const LEVEL_RIGHT = [10, 11, 15, 14] as const;
const GATE = [7, 2, 9, 14] as const;
const DOT = [10, 1, 15, 6] as const; // someone should look
const UNITS = 16;

/**
 * The tray's picture as a bitmap of four bytes a pixel: high water left of a gate, low water right of it, in one colour;
 * with a dot where someone should look. `pixels` is its height and width.
 */
export function trayPicture(pixels: number, isLight: boolean, hasDot: boolean): Uint8Array {
  const bitmap = new Uint8Array(pixels * pixels * 4);
  const ink = isLight ? 255 : 0;
  const fill = ([left, top, right, bottom]: readonly [number, number, number, number], alpha: number) => {
    const at = (unit: number) => Math.round((unit * pixels) / UNITS);
    for (let y = at(top); y < at(bottom); y++) {
      for (let x = at(left); x < at(right); x++) {
        const from = (y * pixels + x) * 4;
        // Premultiplied: a colour is never brighter than its alpha.
        bitmap.fill((ink * alpha) / 255, from, from + 3);
        bitmap[from + 3] = alpha;
      }
    }
  };
  fill(LEVEL_LEFT, 200);
  fill(LEVEL_RIGHT, 200);
  fill(GATE, 255);
  if (hasDot) fill(DOT, 255);
  return bitmap;
}
