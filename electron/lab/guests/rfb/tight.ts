import { constants, deflateSync } from 'node:zlib';

import type { PixelWriter } from './pixelFormat.ts';

const FILL = 0x80;
const RESET_STREAM_0 = 0x01;
const EXPLICIT_FILTER = 0x40;
const PALETTE_FILTER = 1;
// Shorter data is sent as it is, without a length (RFB, Tight).
const MIN_TO_COMPRESS = 12;
const MAX_PALETTE = 256;

/**
 * One rectangle in the Tight encoding (type 7): one colour, a palette, or full colour. Every rectangle starts its zlib
 * stream anew, so that nothing has to be kept in step with the viewer.
 */
export function encodeTight(pixels: Uint32Array, width: number, writer: PixelWriter): Buffer {
  const palette = paletteOf(pixels);
  if (!palette) return fullColour(pixels, writer);
  const colours = Uint32Array.from(palette.keys());
  const colourBytes = Buffer.allocUnsafe(colours.length * writer.tightBytesPerPixel);
  writer.writeTight(colours, colourBytes, 0);
  if (colours.length === 1) return Buffer.concat([Buffer.of(FILL), colourBytes]);
  const indices = colours.length === 2 ? bitmap(pixels, width, palette) : indexed(pixels, palette);
  const head = Buffer.of(EXPLICIT_FILTER | RESET_STREAM_0, PALETTE_FILTER, colours.length - 1);
  return Buffer.concat([head, colourBytes, compressed(indices)]);
}

function fullColour(pixels: Uint32Array, writer: PixelWriter): Buffer {
  const bytes = Buffer.allocUnsafe(pixels.length * writer.tightBytesPerPixel);
  writer.writeTight(pixels, bytes, 0);
  return Buffer.concat([Buffer.of(RESET_STREAM_0), compressed(bytes)]);
}

/** Colours in order of appearance; undefined when a palette does not pay. */
function paletteOf(pixels: Uint32Array): Map<number, number> | undefined {
  const palette = new Map<number, number>();
  let last = -1;
  for (const pixel of pixels) {
    if (pixel === last) continue;
    last = pixel;
    if (palette.has(pixel)) continue;
    if (palette.size === MAX_PALETTE) return undefined;
    palette.set(pixel, palette.size);
  }
  return palette;
}

function bitmap(pixels: Uint32Array, width: number, palette: Map<number, number>): Buffer {
  const stride = (width + 7) >> 3;
  const bits = Buffer.alloc(stride * (pixels.length / width));
  pixels.forEach((pixel, i) => {
    if (palette.get(pixel) === 0) return;
    const at = Math.floor(i / width) * stride + ((i % width) >> 3);
    bits[at] = (bits[at] as number) | (0x80 >> ((i % width) & 7));
  });
  return bits;
}

function indexed(pixels: Uint32Array, palette: Map<number, number>): Buffer {
  const indices = Buffer.allocUnsafe(pixels.length);
  let last = -1;
  let index = 0;
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i] as number;
    if (pixel !== last) index = palette.get(pixel) as number;
    last = pixel;
    indices[i] = index;
  }
  return indices;
}

function compressed(bytes: Buffer): Buffer {
  if (bytes.length < MIN_TO_COMPRESS) return bytes;
  const packed = deflateSync(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH });
  return Buffer.concat([compactLength(packed.length), packed]);
}

/** Seven bits a byte, least significant first, three bytes at most. */
function compactLength(length: number): Buffer {
  if (length < 1 << 7) return Buffer.of(length);
  if (length < 1 << 14) return Buffer.of((length & 127) | 128, length >> 7);
  return Buffer.of((length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14);
}
