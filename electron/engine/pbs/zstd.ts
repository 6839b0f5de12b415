import { promisify } from 'node:util';
import zlib from 'node:zlib';

import { AppError } from '../../../shared/base/errors.ts';

type Inflate = (packed: Uint8Array, expectedBytes: number) => Promise<Uint8Array>;

const SPARE_BYTES = 64; // a buffer that is never full is never copied into a larger one

/** Node's own, in its thread pool (22.15 and later). */
const native: Inflate | undefined =
  typeof zlib.zstdDecompress === 'function'
    ? async (packed, expectedBytes) => {
        const run = promisify<Uint8Array, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
        const chunkSize = expectedBytes + SPARE_BYTES;
        return await run(packed, { chunkSize, maxOutputLength: expectedBytes + SPARE_BYTES });
      }
    : undefined;

/** A library's, in this thread and some five times slower: for Node 20, which has none. */
const portable: Inflate = async (packed, expectedBytes) => {
  const { Decompress } = await import('fzstd');
  const out = new Uint8Array(expectedBytes);
  let bytes = 0;
  const stream = new Decompress((piece) => {
    if (bytes + piece.length > expectedBytes) throw tooLong();
    out.set(piece, bytes);
    bytes += piece.length;
  });
  stream.push(packed, true);
  return out.subarray(0, bytes);
};

/**
 * Decompresses Zstandard. `expectedBytes`: the most that may come out. Throws `protocol` for what is broken or more
 * than that; memory is never spent on it.
 */
export async function decompressZstd(
  packed: Uint8Array,
  expectedBytes: number,
  inflate: Inflate = native ?? portable,
): Promise<Uint8Array> {
  let data: Uint8Array;
  try {
    data = await inflate(packed, expectedBytes);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const message = 'A piece of the backup could not be decompressed. Verify the backup on its server.';
    throw new AppError('protocol', message, { cause: error });
  }
  if (data.length > expectedBytes) throw tooLong();
  return data;
}

export const portableZstd = portable;

function tooLong(): AppError {
  return new AppError(
    'protocol',
    'A piece of the backup is larger than it should be. Verify the backup on its server.',
  );
}
