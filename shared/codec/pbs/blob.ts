import { AppError } from '../../base/errors.ts';
import { readU32, startsWith } from './littleEndian.ts';

/** The most a blob may hold (PBS wire facts 9.5). */
export const MAX_BLOB_BYTES = 128 << 20;

const PLAIN_HEADER_BYTES = 12; // magic 8, CRC 4
const ENCRYPTED_HEADER_BYTES = 44; // and initialisation vector 16, tag 16
/** What a blob is longer than what it holds at most: its header. Servers keep the shorter of plain and compressed. */
export const MOST_BLOB_OVERHEAD_BYTES = ENCRYPTED_HEADER_BYTES;

interface Form {
  readonly magic: readonly number[];
  readonly isCompressed: boolean;
  readonly isEncrypted: boolean;
}

/** First 8 bytes of the SHA-256 of a sentence each (PBS wire facts 9.5). */
export const blobForms = {
  plain: { magic: [0x42, 0xab, 0x38, 0x07, 0xbe, 0x83, 0x70, 0xa1], isCompressed: false, isEncrypted: false },
  zstd: { magic: [0x31, 0xb9, 0x58, 0x42, 0x6f, 0xb6, 0xa3, 0x7f], isCompressed: true, isEncrypted: false },
  encrypted: { magic: [0x7b, 0x67, 0x85, 0xbe, 0x22, 0x2d, 0x4c, 0xf0], isCompressed: false, isEncrypted: true },
  'encrypted-zstd': { magic: [0xe6, 0x59, 0x1b, 0xbf, 0x0b, 0xbf, 0xd8, 0x0b], isCompressed: true, isEncrypted: true },
} as const satisfies Record<string, Form>;
export type BlobForm = keyof typeof blobForms;

/** A blob or a chunk taken apart. Nothing is checked yet but its form; the parts are views. */
export interface Blob {
  readonly form: BlobForm;
  readonly isCompressed: boolean;
  readonly isEncrypted: boolean;
  /** IEEE, of `payload`. */
  readonly crc32: number;
  /** Of AES-256-GCM; there where it is encrypted. */
  readonly cipher: { readonly iv: Uint8Array; readonly tag: Uint8Array } | undefined;
  /** Behind the header. */
  readonly payload: Uint8Array;
}

/** How long the header is, once its magic is there; undefined before. Throws `protocol` where it is none. */
export function blobHeaderBytes(bytes: Uint8Array): number | undefined {
  const form = formOf(bytes);
  if (form) return blobForms[form].isEncrypted ? ENCRYPTED_HEADER_BYTES : PLAIN_HEADER_BYTES;
  const mayBecomeOne = Object.values(blobForms).some(({ magic }) => bytes.every((byte, at) => byte === magic[at]));
  if (mayBecomeOne && bytes.length < 8) return undefined;
  throw new AppError(
    'protocol',
    'A piece of the backup begins with none of the marks that Proxmox Backup Server writes.',
  );
}

/** Takes a whole blob apart. Throws `protocol` where it is none or ends inside of its header. */
export function parseBlob(bytes: Uint8Array): Blob {
  const headerBytes = blobHeaderBytes(bytes);
  const form = formOf(bytes);
  if (headerBytes === undefined || form === undefined || bytes.length < headerBytes) {
    throw new AppError('protocol', 'A piece of the backup is shorter than its own header.');
  }
  const { isCompressed, isEncrypted } = blobForms[form];
  return {
    form,
    isCompressed,
    isEncrypted,
    crc32: readU32(bytes, 8),
    cipher: isEncrypted ? { iv: bytes.subarray(12, 28), tag: bytes.subarray(28, 44) } : undefined,
    payload: bytes.subarray(headerBytes),
  };
}

function formOf(bytes: Uint8Array): BlobForm | undefined {
  const names = Object.keys(blobForms) as BlobForm[];
  return names.find((name) => startsWith(bytes, blobForms[name].magic));
}
