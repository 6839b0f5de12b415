import { AppError } from '../../base/errors.ts';
import {
  ChunkIndex,
  DIGEST_BYTES,
  INDEX_HEADER_BYTES,
  type IndexHeader,
  MAX_INDEX_BYTES,
  parseIndexHeader,
} from './chunkIndex.ts';

const FIRST_BYTES = 64 << 10;

/** Takes an index file in pieces of any size and makes a `ChunkIndex` of it. */
export class IndexParser {
  readonly #maxBytes: number;
  readonly #start = new Uint8Array(INDEX_HEADER_BYTES);
  #startBytes = 0;
  #header: IndexHeader | undefined;
  #entries = new Uint8Array(0);
  #entryBytes = 0;

  /** `maxBytes`: of entries; beyond, `limit` is thrown. */
  constructor(maxBytes: number = MAX_INDEX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Throws `protocol` as soon as it is clear that this is no index, or a longer one than it says. */
  push(piece: Uint8Array): void {
    let rest = piece;
    if (!this.#header) {
      const headBytes = Math.min(rest.length, INDEX_HEADER_BYTES - this.#startBytes);
      this.#start.set(rest.subarray(0, headBytes), this.#startBytes);
      this.#startBytes += headBytes;
      rest = rest.subarray(headBytes);
      if (this.#startBytes < INDEX_HEADER_BYTES) return;
      this.#header = parseIndexHeader(this.#start);
      this.#reserve(expectedBytes(this.#header) ?? Math.min(FIRST_BYTES, this.#maxBytes));
    }
    this.#append(rest);
  }

  /** The file is over. Throws `protocol` where something is missing. */
  finish(): ChunkIndex {
    if (!this.#header) throw new AppError('protocol', 'The index of the archive ended inside of its header.');
    return new ChunkIndex(this.#header, this.#entries.subarray(0, this.#entryBytes));
  }

  #append(piece: Uint8Array): void {
    const neededBytes = this.#entryBytes + piece.length;
    const expected = this.#header && expectedBytes(this.#header);
    if (expected !== undefined && neededBytes > expected) {
      throw new AppError(
        'protocol',
        'The index of the archive is longer than it says. Verify the backup on its server.',
      );
    }
    if (neededBytes > this.#entries.length) this.#reserve(neededBytes, this.#entries.length * 2);
    this.#entries.set(piece, this.#entryBytes);
    this.#entryBytes = neededBytes;
  }

  #reserve(neededBytes: number, wishedBytes = neededBytes): void {
    if (neededBytes > this.#maxBytes) {
      throw new AppError(
        'limit',
        `The index of the archive is larger than the ${this.#maxBytes} bytes that are accepted.`,
      );
    }
    const grown = new Uint8Array(Math.min(Math.max(neededBytes, wishedBytes), this.#maxBytes));
    grown.set(this.#entries.subarray(0, this.#entryBytes));
    this.#entries = grown;
  }
}

function expectedBytes({ fixed }: IndexHeader): number | undefined {
  return fixed && Math.ceil(fixed.sizeBytes / fixed.chunkBytes) * DIGEST_BYTES;
}
