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
  const indices = Buffer.allocUnsafe(pixels.length);
  const colours = palette.index(pixels, indices);
  if (!colours) return fullColour(pixels, writer);
  const colourBytes = Buffer.allocUnsafe(colours.length * writer.tightBytesPerPixel);
  writer.writeTight(colours, colourBytes, 0);
  if (colours.length === 1) return Buffer.concat([Buffer.of(FILL), colourBytes]);
  const head = Buffer.of(EXPLICIT_FILTER | RESET_STREAM_0, PALETTE_FILTER, colours.length - 1);
  return Buffer.concat([head, colourBytes, compressed(colours.length === 2 ? bitmap(indices, width) : indices)]);
}

function fullColour(pixels: Uint32Array, writer: PixelWriter): Buffer {
  const bytes = Buffer.allocUnsafe(pixels.length * writer.tightBytesPerPixel);
  writer.writeTight(pixels, bytes, 0);
  return Buffer.concat([Buffer.of(RESET_STREAM_0), compressed(bytes)]);
}

const SLOTS = 1024; // four for each colour: hardly ever a second look
const EMPTY = 0xffffffff; // no pixel: those have 24 bits

/** Finds the colours of a tile. One table for all tiles: everything here runs to its end at once. */
class Palette {
  readonly #keys = new Uint32Array(SLOTS);
  readonly #indices = new Uint8Array(SLOTS);
  readonly #colours = new Uint32Array(MAX_PALETTE);

  /** Writes each pixel's place among the colours, which are returned in order of appearance; undefined with too many. */
  index(pixels: Uint32Array, target: Buffer): Uint32Array | undefined {
    this.#keys.fill(EMPTY);
    let count = 0;
    let last = EMPTY;
    let index = 0;
    for (let i = 0; i < pixels.length; i++) {
      const pixel = pixels[i] as number;
      if (pixel !== last) {
        const slot = this.#slot(pixel);
        if (this.#keys[slot] === EMPTY) {
          if (count === MAX_PALETTE) return undefined;
          this.#keys[slot] = pixel;
          this.#indices[slot] = count;
          this.#colours[count++] = pixel;
        }
        index = this.#indices[slot] as number;
        last = pixel;
      }
      target[i] = index;
    }
    return this.#colours.slice(0, count);
  }

  #slot(pixel: number): number {
    let slot = (Math.imul(pixel, 0x9e3779b1) >>> 22) & (SLOTS - 1);
    while (this.#keys[slot] !== EMPTY && this.#keys[slot] !== pixel) slot = (slot + 1) & (SLOTS - 1);
    return slot;
  }
}

const palette = new Palette();

function bitmap(indices: Buffer, width: number): Buffer {
  const stride = (width + 7) >> 3;
  const bits = Buffer.alloc(stride * (indices.length / width));
  for (let i = 0; i < indices.length; i++) {
    if (indices[i] === 0) continue;
    const at = Math.floor(i / width) * stride + ((i % width) >> 3);
    bits[at] = (bits[at] as number) | (0x80 >> ((i % width) & 7));
  }
  return bits;
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
