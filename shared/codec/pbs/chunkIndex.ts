import { AppError } from '../../base/errors.ts';
import { readU64, startsWith } from './littleEndian.ts';

export const INDEX_HEADER_BYTES = 4096;
export const DIGEST_BYTES = 32;
export const DYNAMIC_ENTRY_BYTES = 40; // end offset 8, digest 32
export const MIN_CHUNK_BYTES = 4096; // of a fixed index; what is smaller would be all index
export const MAX_CHUNK_BYTES = 64 << 20; // four times what any client writes: 64 KiB to 16 MiB
export const MAX_INDEX_BYTES = 1 << 30; // 128 TiB in chunks of 4 MiB

export const fixedMagic = [0x2f, 0x7f, 0x41, 0xed, 0x91, 0xfd, 0x0f, 0xcd] as const;
export const dynamicMagic = [0x1c, 0x91, 0x4e, 0xa5, 0x19, 0xba, 0xb3, 0xcd] as const;

export type IndexKind = 'fixed' | 'dynamic';

/** What lies in front of an index's entries (PBS wire facts 9.5). */
export interface IndexHeader {
  readonly kind: IndexKind;
  readonly uuid: Uint8Array;
  /** Seconds since the epoch. */
  readonly ctime: number;
  /** What the file says it is; recomputed by who trusts nothing. */
  readonly csum: Uint8Array;
  /** Of a fixed one. */
  readonly fixed: { readonly sizeBytes: number; readonly chunkBytes: number } | undefined;
}

/** Throws `protocol` where it is no index. `bytes` holds at least the 4,096 of the header. */
export function parseIndexHeader(bytes: Uint8Array): IndexHeader {
  const kind = kindOf(bytes);
  if (kind === undefined) throw new AppError('protocol', 'The index of the archive begins like none that is known.');
  const common = { kind, uuid: bytes.slice(8, 24), ctime: readU64(bytes, 24), csum: bytes.slice(32, 64) };
  if (kind === 'dynamic') return { ...common, fixed: undefined };
  const sizeBytes = readU64(bytes, 64);
  const chunkBytes = readU64(bytes, 72);
  if (chunkBytes < MIN_CHUNK_BYTES || chunkBytes > MAX_CHUNK_BYTES) {
    throw new AppError(
      'protocol',
      `The index of the archive names chunks of ${chunkBytes} bytes, which nobody writes.`,
    );
  }
  return { ...common, fixed: { sizeBytes, chunkBytes } };
}

function kindOf(bytes: Uint8Array): IndexKind | undefined {
  if (startsWith(bytes, fixedMagic)) return 'fixed';
  return startsWith(bytes, dynamicMagic) ? 'dynamic' : undefined;
}

/** Which chunks an archive is made of, and where each belongs. 32 or 40 bytes of memory a chunk. */
export class ChunkIndex {
  readonly header: IndexHeader;
  /** As in the file: the index's checksum is the SHA-256 of these bytes. */
  readonly entries: Uint8Array;
  readonly chunkCount: number;
  /** Of the whole archive. */
  readonly sizeBytes: number;

  constructor(header: IndexHeader, entries: Uint8Array) {
    this.header = header;
    this.entries = entries;
    const entryBytes = header.kind === 'fixed' ? DIGEST_BYTES : DYNAMIC_ENTRY_BYTES;
    this.chunkCount = entries.length / entryBytes;
    if (!Number.isInteger(this.chunkCount)) throw cutOff();
    if (header.fixed) this.#checkCount(header.fixed);
    else this.#checkOrder();
    this.sizeBytes = header.fixed?.sizeBytes ?? this.end(this.chunkCount - 1);
  }

  /** SHA-256 of what the chunk holds, keyed where it is encrypted. A view. */
  digest(chunk: number): Uint8Array {
    const at = this.header.fixed ? chunk * DIGEST_BYTES : chunk * DYNAMIC_ENTRY_BYTES + 8;
    return this.entries.subarray(at, at + DIGEST_BYTES);
  }

  start(chunk: number): number {
    return this.header.fixed ? chunk * this.header.fixed.chunkBytes : this.end(chunk - 1);
  }

  /** Behind the chunk's last byte. 0 for a chunk before the first. */
  end(chunk: number): number {
    if (chunk < 0) return 0;
    const { fixed } = this.header;
    if (fixed) return Math.min(fixed.sizeBytes, (chunk + 1) * fixed.chunkBytes);
    return readU64(this.entries, chunk * DYNAMIC_ENTRY_BYTES);
  }

  #checkCount({ sizeBytes, chunkBytes }: { sizeBytes: number; chunkBytes: number }): void {
    if (this.chunkCount !== Math.ceil(sizeBytes / chunkBytes)) throw cutOff();
  }

  #checkOrder(): void {
    let before = 0;
    for (let chunk = 0; chunk < this.chunkCount; chunk += 1) {
      const end = this.end(chunk);
      if (end <= before || end - before > MAX_CHUNK_BYTES) {
        throw new AppError('protocol', `The index of the archive has an impossible chunk, number ${chunk}.`);
      }
      before = end;
    }
  }
}

function cutOff(): AppError {
  return new AppError(
    'protocol',
    'The index of the archive is not as long as it says. Verify the backup on its server.',
  );
}
