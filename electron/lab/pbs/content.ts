import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that are made when they are asked for, the same every time: gigabytes that are nowhere. */
export interface Content {
  readonly sizeBytes: number;
  /** Behind the last byte of each chunk. */
  readonly ends: readonly number[];
  /** What chunk `n` holds. */
  chunk(n: number): Buffer;
}

const BLOCK_BYTES = 16;

/** Bytes nothing can compress. `start` is a multiple of 16. */
function noise(seed: Buffer, start: number, bytes: number): Buffer {
  const counter = Buffer.alloc(BLOCK_BYTES);
  counter.writeBigUInt64BE(BigInt(start / BLOCK_BYTES), 8);
  return createCipheriv('aes-256-ctr', seed, counter).update(Buffer.alloc(bytes));
}

/** Text as in log files: shrinks to a tenth. */
function text(seed: Buffer, start: number, bytes: number): Buffer {
  const word = seed.toString('hex').slice(0, 12);
  const line = `${new Date(start).toISOString()} node${start % 97} worker[${start}]: request ${word} took 12 ms, ok\n`;
  return Buffer.alloc(bytes, line);
}

const seedOf = (name: string): Buffer => createHash('sha256').update(name).digest();

export interface ImageOptions {
  readonly name: string;
  readonly sizeBytes: number;
  /** Default 4 MiB. */
  readonly chunkBytes?: number;
  /** Of every ten chunks: how many are holes, and how many text. The rest is noise. */
  readonly holesOfTen?: number;
  readonly textOfTen?: number;
}

/** A virtual machine's disk: holes, text and what can't be compressed. */
export function imageContent(options: ImageOptions): Content {
  const { name, sizeBytes, chunkBytes = 4 << 20, holesOfTen = 3, textOfTen = 3 } = options;
  const seed = seedOf(name);
  const count = Math.ceil(sizeBytes / chunkBytes);
  const ends = Array.from({ length: count }, (_, n) => Math.min(sizeBytes, (n + 1) * chunkBytes));
  return {
    sizeBytes,
    ends,
    chunk(n) {
      const start = n * chunkBytes;
      const bytes = (ends[n] ?? start) - start;
      const kind = (n * 7) % 10; // spread evenly
      if (kind < holesOfTen) return Buffer.alloc(bytes);
      return kind < holesOfTen + textOfTen ? text(seed, start, bytes) : noise(seed, start, bytes);
    },
  };
}

/** An archive of files: chunks of 64 KiB to 1 MiB, cut where a content-defined chunker might. */
export function streamContent(name: string, sizeBytes: number): Content {
  const seed = seedOf(name);
  const ends: number[] = [];
  let end = 0;
  for (let n = 0; end < sizeBytes; n += 1) {
    const wish = (64 << 10) + ((seed[n % 32] ?? 0) * 61 + n * 977) * 16; // a multiple of 16
    end = Math.min(sizeBytes, end + Math.min(wish, 1 << 20));
    ends.push(end);
  }
  return {
    sizeBytes,
    ends,
    chunk(n) {
      const start = ends[n - 1] ?? 0;
      const bytes = (ends[n] ?? start) - start;
      return n % 3 === 1 ? text(seed, start, bytes) : noise(seed, start, bytes);
    },
  };
}
