import { createHash } from 'node:crypto';

import { AppError } from '../../../shared/base/errors.ts';
import { MANIFEST_NAME, storedAs } from '../../../shared/codec/pbs/archiveName.ts';
import { MAX_BLOB_BYTES, MOST_BLOB_OVERHEAD_BYTES } from '../../../shared/codec/pbs/blob.ts';
import { type ChunkIndex, DIGEST_BYTES, MAX_INDEX_BYTES } from '../../../shared/codec/pbs/chunkIndex.ts';
import { IndexParser } from '../../../shared/codec/pbs/indexParser.ts';
import { type Manifest, type ManifestFile, parseManifest } from '../../../shared/codec/pbs/manifest.ts';
import type { CryptKey } from './cryptKey.ts';
import { decodeBlob, keyMissing } from './decodeBlob.ts';
import type { ReaderSession } from './readerSession.ts';

const MOST_MANIFEST_BYTES = 16 << 20; // some 100,000 archives

/** Reads what the snapshot consists of. With a key its signature is checked; throws `protocol` or `invalid`. */
export async function readManifest(
  session: ReaderSession,
  key: CryptKey | undefined,
  signal?: AbortSignal,
): Promise<Manifest> {
  const raw = await collect(session, MANIFEST_NAME, MOST_MANIFEST_BYTES, signal);
  const text = Buffer.from(await decodeBlob(raw, undefined, MOST_MANIFEST_BYTES)).toString('utf8');
  const manifest = parseManifest(text);
  if (key) checkKey(manifest, key);
  return manifest;
}

function checkKey(manifest: Manifest, key: CryptKey): void {
  const { keyFingerprint, signature, signedText } = manifest;
  if (keyFingerprint !== undefined && keyFingerprint !== key.fingerprint) {
    const [wanted, given] = [keyFingerprint, key.fingerprint].map((hex) => hex.slice(0, 16));
    throw new AppError(
      'invalid',
      `The backup was made with the key ${wanted}…, not with ${given}…. Choose its key file.`,
    );
  }
  if (signature !== undefined && !key.isSignature(signedText, signature)) {
    throw new AppError(
      'protocol',
      'The list of the backup’s archives was changed after it was signed. Do not trust it.',
    );
  }
}

/** The entry of an archive. Throws `not-found`, and `invalid` where its key is missing. */
export function archiveIn(manifest: Manifest, name: string, key: CryptKey | undefined): ManifestFile {
  const file = manifest.files.find((one) => one.name === name);
  if (!file) throw new AppError('not-found', `The backup has no archive ${name}. It has ${names(manifest)}.`);
  if (file.cryptMode === 'encrypt' && !key) throw keyMissing();
  return file;
}

const names = ({ files }: Manifest) => files.map(({ name }) => name).join(', ') || 'none';

/** The key that takes part in an archive: not where it is only signed. */
export function keyOf(file: ManifestFile, key: CryptKey | undefined): CryptKey | undefined {
  return file.cryptMode === 'encrypt' ? key : undefined;
}

/** Reads an index and holds it against the manifest; the session's `chunk` then gives what it names. */
export async function readIndex(session: ReaderSession, file: ManifestFile, signal?: AbortSignal): Promise<ChunkIndex> {
  const parser = new IndexParser(Math.min(MAX_INDEX_BYTES, mostIndexBytes(file)));
  await session.download(file.name, (piece) => parser.push(piece), signal);
  const index = parser.finish();
  const csum = createHash('sha256').update(index.entries).digest('hex');
  const isIt = index.header.kind === storedAs(file.name) && index.sizeBytes === file.sizeBytes && csum === file.csum;
  if (isIt) return index;
  throw new AppError(
    'protocol',
    `The index of ${file.name} is not the one the backup was made with. Verify the backup on its server.`,
  );
}

/** No client cuts smaller than 4 KiB a chunk: what is longer is no index of an archive of that size. */
function mostIndexBytes({ sizeBytes }: ManifestFile): number {
  return (Math.ceil(sizeBytes / 4096) + 1) * (DIGEST_BYTES + 8);
}

/** Reads a blob, checks it against the manifest and gives what it holds. */
export async function readBlob(
  session: ReaderSession,
  file: ManifestFile,
  key: CryptKey | undefined,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const raw = await collect(session, file.name, MAX_BLOB_BYTES + MOST_BLOB_OVERHEAD_BYTES, signal);
  const csum = createHash('sha256').update(raw).digest('hex');
  if (raw.length !== file.sizeBytes || csum !== file.csum) {
    throw new AppError(
      'protocol',
      `${file.name} is not the one the backup was made with. Verify the backup on its server.`,
    );
  }
  return await decodeBlob(raw, keyOf(file, key));
}

async function collect(
  session: ReaderSession,
  name: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
    if (bytes > mostBytes)
      throw new AppError('limit', `${name} is larger than the ${mostBytes} bytes that are accepted.`);
    pieces.push(piece);
  };
  await session.download(name, take, signal);
  return Buffer.concat(pieces, bytes);
}
