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

const POOL_BYTES = 64 << 10; // of small copies; freed when the last of them is
const LOOP_BYTES = 128;

let pool = new ArrayBuffer(POOL_BYTES);
let used = 0;

/**
 * A copy of the first `bytes` of `source`, which may be reused at once. Small ones share memory: what V8 would keep
 * inside such a tiny array it had to copy out once more before a system call.
 */
export function copyOf(source: Buffer, bytes: number): Chunk {
  if (bytes > LOOP_BYTES) return copyLong(source, bytes);
  const copy = place(bytes);
  for (let at = 0; at < bytes; at += 1) copy[at] = source[at] as number; // cheaper than a view and a call
  return copy;
}

function copyLong(source: Buffer, bytes: number): Chunk {
  const copy = bytes > POOL_BYTES / 8 ? new Chunk(new ArrayBuffer(bytes)) : place(bytes);
  copy.set(bytes === source.length ? source : source.subarray(0, bytes));
  return copy;
}

function place(bytes: number): Chunk {
  if (used + bytes > POOL_BYTES) {
    pool = new ArrayBuffer(POOL_BYTES);
    used = 0;
  }
  const copy = new Chunk(pool, used, bytes);
  used += (bytes + 7) & ~7; // words stay aligned
  return copy;
}

/** The first `bytes` of a buffer, in place. */
export function partOf(buffer: Buffer, bytes: number): Chunk {
  return new Chunk(buffer.buffer as ArrayBuffer, buffer.byteOffset, bytes);
}
