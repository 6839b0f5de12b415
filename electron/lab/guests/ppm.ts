import type { Canvas } from './desktop/canvas.ts';

/** Binary PPM, as QEMU's screendump writes it. */
export function encodePpm({ width, height, pixels }: Canvas): Uint8Array {
  const head = Buffer.from(`P6\n${width} ${height}\n255\n`);
  const bytes = Buffer.allocUnsafe(head.length + pixels.length * 3);
  head.copy(bytes);
  let at = head.length;
  for (const pixel of pixels) {
    bytes[at] = pixel >> 16;
    bytes[at + 1] = pixel >> 8;
    bytes[at + 2] = pixel;
    at += 3;
  }
  return bytes;
}
