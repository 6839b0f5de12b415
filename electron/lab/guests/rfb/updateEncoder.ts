import type { Canvas } from '../desktop/canvas.ts';
import { moved, type Rect } from '../desktop/rect.ts';
import type { UpdateParts } from './pendingUpdate.ts';
import type { PixelWriter } from './pixelFormat.ts';
import type { Cursor } from './screen.ts';
import { encodeTight } from './tight.ts';

export const encodings = {
  raw: 0,
  copyRect: 1,
  tight: 7,
  desktopSize: -223,
  cursor: -239,
  extendedDesktopSize: -308,
} as const;

// Tiles small enough that interface colours still fit a palette, large enough that headers and set-up do not count.
const TILE_WIDTH = 512;
const TILE_HEIGHT = 32;

// Scratch for one tile: what is cut out of the frame is encoded at once.
const tilePixels = new Uint32Array(TILE_WIDTH * TILE_HEIGHT);

/** One FramebufferUpdate message, built rectangle by rectangle. */
export class UpdateEncoder {
  readonly #parts: Buffer[] = [];
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  finish(): Buffer {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(this.#count, 2);
    return Buffer.concat([head, ...this.#parts]);
  }

  frame(parts: UpdateParts, canvas: Canvas, writer: PixelWriter, useTight: boolean): void {
    if (parts.move) {
      const { from, dx, dy } = parts.move;
      const source = Buffer.alloc(4);
      source.writeUInt16BE(from.x, 0);
      source.writeUInt16BE(from.y, 2);
      this.#rect(moved(from, dx, dy), encodings.copyRect, source);
    }
    for (const rect of parts.rects) {
      if (useTight) this.#tiles(rect, canvas, writer);
      else this.#raw(rect, canvas, writer);
    }
  }

  cursor(cursor: Cursor, writer: PixelWriter): void {
    const { width, height, hotX, hotY, pixels, mask } = cursor;
    const bytes = Buffer.alloc(pixels.length * writer.bytesPerPixel);
    writer.write(pixels, bytes, 0);
    const stride = (width + 7) >> 3;
    const bits = Buffer.alloc(stride * height);
    mask.forEach((isSet, i) => {
      const at = Math.floor(i / width) * stride + ((i % width) >> 3);
      if (isSet) bits[at] = (bits[at] as number) | (0x80 >> ((i % width) & 7));
    });
    this.#rect({ x: hotX, y: hotY, width, height }, encodings.cursor, Buffer.concat([bytes, bits]));
  }

  desktopSize(width: number, height: number): void {
    this.#rect({ x: 0, y: 0, width, height }, encodings.desktopSize, Buffer.alloc(0));
  }

  /** `reason`: 0 the guest, 1 this viewer, 2 another one. `status`: 0 done, 3 not a size we can have. */
  extendedDesktopSize(width: number, height: number, reason: number, status: number): void {
    const screens = Buffer.alloc(20);
    screens[0] = 1; // one screen; its id 0, position and flags stay 0
    screens.writeUInt16BE(width, 12);
    screens.writeUInt16BE(height, 14);
    this.#rect({ x: reason, y: status, width, height }, encodings.extendedDesktopSize, screens);
  }

  #tiles(rect: Rect, canvas: Canvas, writer: PixelWriter): void {
    for (let y = 0; y < rect.height; y += TILE_HEIGHT)
      for (let x = 0; x < rect.width; x += TILE_WIDTH) {
        const width = Math.min(TILE_WIDTH, rect.width - x);
        const height = Math.min(TILE_HEIGHT, rect.height - y);
        const tile = { x: rect.x + x, y: rect.y + y, width, height };
        this.#rect(tile, encodings.tight, encodeTight(cutOut(tile, canvas, tilePixels), width, writer));
      }
  }

  #raw(rect: Rect, canvas: Canvas, writer: PixelWriter): void {
    const bytes = Buffer.allocUnsafe(rect.width * rect.height * writer.bytesPerPixel);
    writer.write(cutOut(rect, canvas, new Uint32Array(rect.width * rect.height)), bytes, 0);
    this.#rect(rect, encodings.raw, bytes);
  }

  #rect(rect: Rect, encoding: number, body: Buffer): void {
    const head = Buffer.allocUnsafe(12);
    head.writeUInt16BE(rect.x, 0);
    head.writeUInt16BE(rect.y, 2);
    head.writeUInt16BE(rect.width, 4);
    head.writeUInt16BE(rect.height, 6);
    head.writeInt32BE(encoding, 8);
    this.#parts.push(head, body);
    this.#count++;
  }
}

function cutOut(rect: Rect, canvas: Canvas, target: Uint32Array): Uint32Array {
  const pixels = target.subarray(0, rect.width * rect.height);
  for (let row = 0; row < rect.height; row++) {
    const from = (rect.y + row) * canvas.width + rect.x;
    pixels.set(canvas.pixels.subarray(from, from + rect.width), row * rect.width);
  }
  return pixels;
}
