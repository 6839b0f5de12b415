/**
 * A piece of a read buffer. Node takes it for a Buffer, so that writing it to a socket wraps nothing once more; but
 * `slice` copies, as who holds a Uint8Array expects (Buffer's own does not).
 */
export class Chunk extends Uint8Array<ArrayBuffer> {
  static {
    Object.setPrototypeOf(Chunk.prototype, Buffer.prototype as object);
    const { slice, subarray } = Uint8Array.prototype; // a part of a chunk is a chunk, too
    Object.defineProperties(Chunk.prototype, { slice: { value: slice }, subarray: { value: subarray } });
  }
}

const POOL_BYTES = 8 << 10; // of small copies; freed when the last of them is
const LOOP_BYTES = 128;

let pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = 0;

/**
 * A copy of the first `bytes` of `source`, which may be reused at once; at most 4 KiB. Copies share memory: what V8
 * would keep inside a tiny array of its own it had to copy out once more before a system call.
 */
export function copyOf(source: Buffer, bytes: number): Chunk {
  if (used + bytes > POOL_BYTES) {
    pool = Buffer.allocUnsafeSlow(POOL_BYTES);
    used = 0;
  }
  const copy = new Chunk(pool.buffer, used, bytes);
  used += (bytes + 7) & ~7; // words stay aligned
  if (bytes > LOOP_BYTES) copy.set(source.subarray(0, bytes));
  else for (let at = 0; at < bytes; at += 1) copy[at] = source[at] as number; // cheaper than a view and a call
  return copy;
}

/** The first `bytes` of a buffer, in place. */
export function partOf(buffer: Buffer, bytes: number): Chunk {
  return new Chunk(buffer.buffer as ArrayBuffer, buffer.byteOffset, bytes);
}
