import { AppError } from '../../../shared/base/errors.ts';
import { MOST_BLOB_OVERHEAD_BYTES } from '../../../shared/codec/pbs/blob.ts';
import type { ChunkIndex } from '../../../shared/codec/pbs/chunkIndex.ts';
import { toHex } from '../../../shared/codec/pbs/littleEndian.ts';
import type { CryptKey } from './cryptKey.ts';
import { checkDigest, decodeBlob } from './decodeBlob.ts';
import type { WriteTarget } from './partialFile.ts';
import type { ReaderSession } from './readerSession.ts';

/** What one chunk may hold of memory at once: as it comes, and decrypted or decompressed. */
export function turnBytes(index: ChunkIndex, chunk: number): number {
  return 2 * (mostBytes(index, chunk) + MOST_BLOB_OVERHEAD_BYTES);
}

/** The last chunk of an image may be padded to its full size. */
function mostBytes(index: ChunkIndex, chunk: number): number {
  return index.header.fixed?.chunkBytes ?? index.end(chunk) - index.start(chunk);
}

/** Buffers that chunks arrive in, used again: a restore makes no garbage of a gigabyte a second. */
export class ArrivalBuffers {
  #free: Uint8Array[] = [];

  take(bytes: number): Uint8Array {
    const kept = this.#free.pop();
    return kept && kept.length >= bytes ? kept : Buffer.allocUnsafeSlow(bytes);
  }

  give(buffer: Uint8Array): void {
    this.#free.push(buffer);
  }

  clear(): void {
    this.#free = [];
  }
}

export interface ChunkTurn {
  readonly session: ReaderSession;
  readonly index: ChunkIndex;
  readonly key: CryptKey | undefined;
  readonly target: WriteTarget;
  readonly buffers: ArrivalBuffers;
  readonly signal: AbortSignal;
  /** Came over the wire. */
  readonly onFetched: (bytes: number) => void;
}

/** Fetches one chunk, checks CRC and digest, and writes it to its place. Resolves when it is written. */
export async function takeChunk(turn: ChunkTurn, chunk: number): Promise<void> {
  const { index, buffers, target, key } = turn;
  const buffer = buffers.take(mostBytes(index, chunk) + MOST_BLOB_OVERHEAD_BYTES);
  try {
    const raw = await fetchInto(buffer, turn, index.digest(chunk));
    const data = await decodeBlob(raw, key, mostBytes(index, chunk));
    checkDigest(data, index.digest(chunk), key);
    const neededBytes = index.end(chunk) - index.start(chunk);
    if (data.length < neededBytes) {
      throw new AppError(
        'protocol',
        `Chunk ${chunk} of the backup is shorter than it should be. Verify the backup on its server.`,
      );
    }
    await target.write(data.subarray(0, neededBytes), index.start(chunk));
  } finally {
    buffers.give(buffer);
  }
}

async function fetchInto(buffer: Uint8Array, turn: ChunkTurn, digest: Uint8Array): Promise<Uint8Array> {
  let bytes = 0;
  const take = (piece: Uint8Array) => {
    if (bytes + piece.length > buffer.length) {
      throw new AppError(
        'protocol',
        'A chunk of the backup is larger than it should be. Verify the backup on its server.',
      );
    }
    buffer.set(piece, bytes);
    bytes += piece.length;
    turn.onFetched(piece.length);
  };
  await turn.session.chunk(toHex(digest), take, turn.signal);
  return buffer.subarray(0, bytes);
}
