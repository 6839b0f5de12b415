import { AppError } from '../base/errors.ts';

const firstBufferBytes = 256; // most units that arrive in pieces are small headers

/**
 * Reads units out of chunks: every question is answered whole, or returns `undefined` and leaves everything untouched,
 * so a parser works the same when fed one byte at a time.
 *
 * `push` copies nothing: numbers and views come from the chunk itself. Call `keep` when no whole unit is left; it
 * copies the rest, after which the chunk may be consumed, so a unit larger than the window of its source can arrive.
 * A view from `take` or `peek` is valid until the next `push` or `keep`.
 */
export class ByteReader {
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = viewOf(this.#bytes);
  #at = 0;
  #end = 0;
  /** `#bytes` is our own buffer, not a chunk. */
  #isOwn = false;

  /** `maxBytes`: the most it keeps of an unfinished unit; beyond, `keep` throws `limit`. */
  constructor(options: { readonly maxBytes: number }) {
    this.#maxBytes = options.maxBytes;
  }

  get availableBytes(): number {
    return this.#end - this.#at;
  }

  push(chunk: Uint8Array): void {
    if (this.availableBytes > 0) return this.#append(chunk);
    this.#point(chunk, chunk.length, false);
  }

  /** Copies what is left of the pushed chunk. */
  keep(): void {
    const rest = this.availableBytes;
    if (rest > this.#maxBytes) {
      throw new AppError('limit', `A message was larger than the ${this.#maxBytes} bytes that are accepted.`);
    }
    if (this.#isOwn) return;
    if (rest === 0) return this.#point(new Uint8Array(0), 0, false);
    const own = new Uint8Array(Math.max(firstBufferBytes, rest));
    own.set(this.#bytes.subarray(this.#at, this.#end));
    this.#point(own, rest, true);
  }

  has(bytes: number): boolean {
    return this.availableBytes >= bytes;
  }

  /** The next bytes, without going past them. */
  peek(bytes: number): Uint8Array | undefined {
    return this.has(bytes) ? this.#bytes.subarray(this.#at, this.#at + bytes) : undefined;
  }

  take(bytes: number): Uint8Array | undefined {
    const taken = this.peek(bytes);
    if (taken) this.#at += bytes;
    return taken;
  }

  /** Everything there is, perhaps nothing. */
  takeAll(): Uint8Array {
    return this.take(this.availableBytes) ?? new Uint8Array(0);
  }

  skip(bytes: number): boolean {
    if (!this.has(bytes)) return false;
    this.#at += bytes;
    return true;
  }

  u8(): number | undefined {
    return this.skip(1) ? this.#view.getUint8(this.#at - 1) : undefined;
  }

  u16(): number | undefined {
    return this.skip(2) ? this.#view.getUint16(this.#at - 2) : undefined;
  }

  u32(): number | undefined {
    return this.skip(4) ? this.#view.getUint32(this.#at - 4) : undefined;
  }

  i32(): number | undefined {
    return this.skip(4) ? this.#view.getInt32(this.#at - 4) : undefined;
  }

  u16le(): number | undefined {
    return this.skip(2) ? this.#view.getUint16(this.#at - 2, true) : undefined;
  }

  u32le(): number | undefined {
    return this.skip(4) ? this.#view.getUint32(this.#at - 4, true) : undefined;
  }

  /** Distance to the next such byte, or -1. */
  indexOf(byte: number): number {
    const index = this.#bytes.subarray(this.#at, this.#end).indexOf(byte);
    return index;
  }

  #append(chunk: Uint8Array): void {
    const rest = this.availableBytes;
    const wanted = rest + chunk.length;
    if (!this.#isOwn || wanted > this.#bytes.length) {
      const own = new Uint8Array(Math.max(firstBufferBytes, this.#bytes.length * 2, wanted));
      own.set(this.#bytes.subarray(this.#at, this.#end));
      this.#point(own, rest, true);
    } else if (this.#end + chunk.length > this.#bytes.length) {
      this.#bytes.copyWithin(0, this.#at, this.#end);
      this.#at = 0;
      this.#end = rest;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #point(bytes: Uint8Array, end: number, isOwn: boolean): void {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#at = 0;
    this.#end = end;
    this.#isOwn = isOwn;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
