import { createHash } from 'node:crypto';

import type { Content } from './content.ts';
import {
  type BuiltIndex,
  chunkDigest,
  dynamicIndex,
  encodeBlob,
  fixedIndex,
  type LabKey,
  sha256,
  sign,
} from './formats.ts';
import { keyFingerprint } from './labKeys.ts';

export type LabCryptMode = 'none' | 'sign-only' | 'encrypt';

/** What is in an archive, before it is written. */
export type ArchivePlan =
  | { readonly name: string; readonly kind: 'blob'; readonly data: Buffer }
  | { readonly name: string; readonly kind: 'fixed'; readonly content: Content; readonly chunkBytes: number }
  | { readonly name: string; readonly kind: 'dynamic'; readonly content: Content };

export interface SnapshotPlan {
  readonly type: 'vm' | 'ct' | 'host';
  readonly id: string;
  readonly timeS: number;
  readonly owner: string;
  readonly comment?: string;
  readonly isProtected?: boolean;
  readonly verification?: 'ok' | 'failed';
  readonly archives: readonly ArchivePlan[];
  readonly compress: boolean;
  readonly key?: LabKey | undefined;
  /** Default: encrypt where there is a key. */
  readonly cryptMode?: LabCryptMode;
}

/** An archive as it lies on the server's disk: a blob, or an index whose chunks are made when asked for. */
class LabArchive {
  readonly plan: ArchivePlan;
  readonly #snapshot: SnapshotPlan;
  readonly #places = new Map<string, number>();
  #file: Promise<{ file: Buffer; csum: string; sizeBytes: number }> | undefined;

  constructor(plan: ArchivePlan, snapshot: SnapshotPlan) {
    this.plan = plan;
    this.#snapshot = snapshot;
  }

  get #key(): LabKey | undefined {
    return this.#snapshot.cryptMode === 'sign-only' ? undefined : this.#snapshot.key;
  }

  /** What the manifest says of it, before anything is read: of an index the size of what it holds. */
  get sizeBytes(): number | undefined {
    return this.plan.kind === 'blob' ? undefined : this.plan.content.sizeBytes;
  }

  stored(): Promise<{ file: Buffer; csum: string; sizeBytes: number }> {
    this.#file ??= this.#write();
    return this.#file;
  }

  async #write(): Promise<{ file: Buffer; csum: string; sizeBytes: number }> {
    const { plan } = this;
    if (plan.kind === 'blob') {
      const file = encodeBlob(plan.data, { compress: this.#snapshot.compress, key: this.#key });
      return { file, csum: sha256(file).toString('hex'), sizeBytes: file.length };
    }
    const digests: Buffer[] = [];
    for (let n = 0; n < plan.content.ends.length; n += 1) {
      const digest = chunkDigest(plan.content.chunk(n), this.#key);
      digests.push(digest);
      const name = digest.toString('hex');
      if (!this.#places.has(name)) this.#places.set(name, n);
      if (n % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
    }
    const { sizeBytes, ends } = plan.content;
    return { ...this.#index(ends, digests), sizeBytes };
  }

  #index(ends: readonly number[], digests: readonly Buffer[]): BuiltIndex {
    const { plan } = this;
    const head = { uuid: sha256(Buffer.from(plan.name)).subarray(0, 16), ctimeS: this.#snapshot.timeS };
    if (plan.kind !== 'fixed') return dynamicIndex(head, ends, digests);
    return fixedIndex(head, plan.content.sizeBytes, plan.chunkBytes, digests);
  }

  /** Of all its chunks, once it is stored. */
  digests(): string[] {
    return [...this.#places.keys()];
  }

  hasChunk(digest: string): boolean {
    return this.#places.has(digest);
  }

  /** The chunk as it is stored. */
  chunk(digest: string): Buffer | undefined {
    const place = this.#places.get(digest);
    if (place === undefined || this.plan.kind === 'blob') return undefined;
    return encodeBlob(this.plan.content.chunk(place), { compress: this.#snapshot.compress, key: this.#key });
  }

  /** All of it, decoded, piece by piece. */
  *decoded(): Generator<Buffer> {
    if (this.plan.kind === 'blob') yield this.plan.data;
    else for (let n = 0; n < this.plan.content.ends.length; n += 1) yield this.plan.content.chunk(n);
  }

  /** SHA-256 of what a restore must give, in hex. */
  contentSum(): string {
    const hash = createHash('sha256');
    for (const piece of this.decoded()) hash.update(piece);
    return hash.digest('hex');
  }
}

export type { LabArchive };

/** One backup. Its manifest is made when first asked for, as that needs all its indexes. */
export class LabSnapshot {
  readonly plan: SnapshotPlan;
  readonly archives: readonly LabArchive[];
  #manifest: Promise<Buffer> | undefined;

  constructor(plan: SnapshotPlan) {
    this.plan = plan;
    this.archives = plan.archives.map((archive) => new LabArchive(archive, plan));
  }

  get cryptMode(): LabCryptMode {
    return this.plan.cryptMode ?? (this.plan.key ? 'encrypt' : 'none');
  }

  archive(name: string): LabArchive | undefined {
    return this.archives.find(({ plan }) => plan.name === name);
  }

  /** `index.json.blob`, never encrypted. */
  manifest(): Promise<Buffer> {
    this.#manifest ??= this.#writeManifest();
    return this.#manifest;
  }

  async #writeManifest(): Promise<Buffer> {
    const { type, id, timeS, key, comment } = this.plan;
    const files: object[] = [];
    for (const archive of this.archives) {
      const { csum, sizeBytes } = await archive.stored();
      files.push({ filename: archive.plan.name, 'crypt-mode': this.cryptMode, size: sizeBytes, csum });
    }
    const content = { 'backup-type': type, 'backup-id': id, 'backup-time': timeS, files };
    const unprotected = {
      ...(key && { 'key-fingerprint': keyFingerprint(key) }),
      ...(comment !== undefined && { notes: comment }),
      chunk_upload_stats: { compressed_size: 0, count: 0, duplicates: 0, size: 0 },
    };
    const signature = key ? sign(content, key) : null;
    return encodeBlob(Buffer.from(JSON.stringify({ ...content, unprotected, signature }, null, 2)), { compress: true });
  }
}
