import { createHash } from 'node:crypto';
import zlib from 'node:zlib';

import { AppError } from '../../../shared/base/errors.ts';
import { type Blob, MAX_BLOB_BYTES, parseBlob } from '../../../shared/codec/pbs/blob.ts';
import { toHex } from '../../../shared/codec/pbs/littleEndian.ts';
import type { CryptKey } from './cryptKey.ts';
import { decompressZstd } from './zstd.ts';

/**
 * What a blob holds: its CRC checked, decrypted and decompressed. `mostBytes`: the most it may hold. May be a view of
 * `bytes`. Throws `protocol`, or `invalid` where it is encrypted and there is no key.
 */
export async function decodeBlob(
  bytes: Uint8Array,
  key: CryptKey | undefined,
  mostBytes: number = MAX_BLOB_BYTES,
): Promise<Uint8Array> {
  const blob = parseBlob(bytes);
  if (zlib.crc32(blob.payload) !== blob.crc32) {
    throw new AppError(
      'protocol',
      'A piece of the backup arrived with a wrong checksum. Verify the backup on its server.',
    );
  }
  const packed = blob.cipher ? decrypted(blob, blob.cipher, key) : blob.payload;
  if (blob.isCompressed) return await decompressZstd(packed, mostBytes);
  if (packed.length > mostBytes) {
    throw new AppError(
      'protocol',
      'A piece of the backup is larger than it should be. Verify the backup on its server.',
    );
  }
  return packed;
}

function decrypted(blob: Blob, cipher: NonNullable<Blob['cipher']>, key: CryptKey | undefined): Uint8Array {
  if (!key) throw keyMissing();
  return key.decrypt(cipher, blob.payload);
}

export function keyMissing(): AppError {
  return new AppError('invalid', 'This backup is encrypted. Choose the key file it was made with.', {
    detail: { needsKey: true },
  });
}

/** The name of a chunk that holds `data`; `key` where it is encrypted. */
export function chunkDigest(data: Uint8Array, key: CryptKey | undefined): Buffer {
  return key ? key.digest(data) : createHash('sha256').update(data).digest();
}

/** Throws `protocol` unless the data is what the index named. */
export function checkDigest(data: Uint8Array, digest: Uint8Array, key: CryptKey | undefined): void {
  if (chunkDigest(data, key).equals(digest)) return;
  const name = toHex(digest).slice(0, 16);
  throw new AppError(
    'protocol',
    `Chunk ${name}… of the backup holds something else than it should. Verify the backup on its server.`,
  );
}
