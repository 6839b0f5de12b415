import * as z from 'zod/mini';

import { AppError } from '../../base/errors.ts';

export const cryptMode = z.enum(['none', 'sign-only', 'encrypt']);
export type CryptMode = z.infer<typeof cryptMode>;

const hex32 = z.string().check(z.regex(/^[0-9a-fA-F]{64}$/));

const file = z.object({
  filename: z.string(),
  'crypt-mode': z._default(cryptMode, 'none'),
  size: z.number(),
  csum: hex32,
});

const manifest = z.object({
  'backup-type': z.string(),
  'backup-id': z.string(),
  'backup-time': z.number(),
  files: z.array(file),
  unprotected: z.optional(z.nullable(z.object({ 'key-fingerprint': z.optional(z.nullable(z.string())) }))),
  signature: z.optional(z.nullable(hex32)),
});

/** One archive of a snapshot. `sizeBytes` of an index: of what it holds; of a blob: of the raw file. */
export interface ManifestFile {
  readonly name: string;
  readonly cryptMode: CryptMode;
  readonly sizeBytes: number;
  /** Lower-case hex. Of an index: SHA-256 of its entries; of a blob: of the raw file. */
  readonly csum: string;
}

/** What a snapshot consists of (PBS wire facts 9.5). */
export interface Manifest {
  readonly backupType: string;
  readonly backupId: string;
  /** Seconds since the epoch. */
  readonly backupTime: number;
  readonly files: readonly ManifestFile[];
  /** Of the key it was encrypted or signed with; lower-case hex, without colons. */
  readonly keyFingerprint: string | undefined;
  /** HMAC of `signedText` under the key, lower-case hex. */
  readonly signature: string | undefined;
  /** What the signature is about. */
  readonly signedText: string;
}

/** Reads what a manifest's blob holds. Throws `protocol` where it is none. */
export function parseManifest(text: string): Manifest {
  const json = tryParse(text);
  const parsed = manifest.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new AppError('protocol', `The list of the backup’s archives can't be read${where ? ` (${where})` : ''}.`);
  }
  const { data } = parsed;
  return {
    backupType: data['backup-type'],
    backupId: data['backup-id'],
    backupTime: data['backup-time'],
    files: data.files.map((entry) => ({
      name: entry.filename,
      cryptMode: entry['crypt-mode'],
      sizeBytes: entry.size,
      csum: entry.csum.toLowerCase(),
    })),
    keyFingerprint: data.unprotected?.['key-fingerprint']?.replaceAll(':', '').toLowerCase(),
    signature: data.signature?.toLowerCase(),
    signedText: signedTextOf(json as Record<string, unknown>),
  };
}

function signedTextOf(json: Readonly<Record<string, unknown>>): string {
  const { unprotected: _notes, signature: _own, ...rest } = json;
  return canonicalJson(rest);
}

/** JSON with sorted keys and no white space (PBS wire facts 9.5). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${canonicalJson(one)}`).join(',')}}`;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the schema says that it is none
  }
}
