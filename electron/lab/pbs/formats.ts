import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import zlib from 'node:zlib';

/** The server's own names of its formats; a file begins with the first 8 bytes of their SHA-256 (PBS facts 9.5). */
const magicOf = (name: string): Buffer => createHash('sha256').update(name).digest().subarray(0, 8);

const BLOB = {
  plain: magicOf('Proxmox Backup uncompressed blob v1.0'),
  zstd: magicOf('Proxmox Backup zstd compressed blob v1.0'),
  encrypted: magicOf('Proxmox Backup encrypted blob v1.0'),
  encryptedZstd: magicOf('Proxmox Backup zstd compressed encrypted blob v1.0'),
};
const FIXED = magicOf('Proxmox Backup fixed sized chunk index v1.0');
const DYNAMIC = magicOf('Proxmox Backup dynamic sized chunk index v1.0');
const HEADER_BYTES = 4096;

/** A key as the client uses it: for the data, and derived from it, for names and signatures. */
export interface LabKey {
  readonly secret: Buffer;
  readonly id: Buffer;
}

export const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** Zstandard where this Node has it (22.15); before, there is none to write with. */
const deflate = (data: Uint8Array): Buffer | undefined =>
  typeof zlib.zstdCompressSync === 'function'
    ? zlib.zstdCompressSync(data, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } })
    : undefined;

/** Writes a blob or chunk; compressed only where that makes it smaller, as the client does. */
export function encodeBlob(data: Uint8Array, options: { compress: boolean; key?: LabKey | undefined }): Buffer {
  const packed = options.compress ? deflate(data) : undefined;
  const isPacked = packed !== undefined && packed.length < data.length;
  const body = isPacked ? packed : data;
  if (!options.key) return Buffer.concat([isPacked ? BLOB.zstd : BLOB.plain, u32(zlib.crc32(body)), body]);
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', options.key.secret, iv);
  const hidden = Buffer.concat([cipher.update(body), cipher.final()]);
  const magic = isPacked ? BLOB.encryptedZstd : BLOB.encrypted;
  return Buffer.concat([magic, u32(zlib.crc32(hidden)), iv, cipher.getAuthTag(), hidden]);
}

/** What a chunk is called: the key takes part, so that equal data of different owners is not seen as equal. */
export const chunkDigest = (data: Uint8Array, key: LabKey | undefined): Buffer =>
  key ? sha256(data, key.id) : sha256(data);

interface IndexHead {
  readonly uuid: Buffer;
  readonly ctimeS: number;
}

function header(magic: Buffer, { uuid, ctimeS }: IndexHead, csum: Buffer, more: readonly Buffer[]): Buffer {
  const fields = Buffer.concat([magic, uuid, u64(ctimeS), csum, ...more]);
  return Buffer.concat([fields, Buffer.alloc(HEADER_BYTES - fields.length)]);
}

export interface BuiltIndex {
  readonly file: Buffer;
  readonly csum: string;
}

export function fixedIndex(
  head: IndexHead,
  sizeBytes: number,
  chunkBytes: number,
  digests: readonly Buffer[],
): BuiltIndex {
  const csum = sha256(...digests);
  const file = Buffer.concat([header(FIXED, head, csum, [u64(sizeBytes), u64(chunkBytes)]), ...digests]);
  return { file, csum: csum.toString('hex') };
}

export function dynamicIndex(head: IndexHead, ends: readonly number[], digests: readonly Buffer[]): BuiltIndex {
  const entries = ends.map((end, n) => Buffer.concat([u64(end), digests[n] ?? Buffer.alloc(32)]));
  const csum = sha256(...entries);
  return { file: Buffer.concat([header(DYNAMIC, head, csum, []), ...entries]), csum: csum.toString('hex') };
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted((value as Record<string, unknown>)[name])]));
};

/** The signature of a manifest: over what is in it, in sorted order, without what may change later. */
export const sign = (content: object, key: LabKey): string =>
  createHmac('sha256', key.id)
    .update(JSON.stringify(sorted(content)))
    .digest('hex');
