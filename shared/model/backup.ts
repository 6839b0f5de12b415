import * as z from 'zod/mini';

/** Where a Backup Server keeps backups. */
export const backupDatastore = z.object({
  name: z.string(),
  comment: z.optional(z.string()),
  /** Of its file system; absent where this user may not see it. */
  totalBytes: z.optional(z.number()),
  usedBytes: z.optional(z.number()),
  /** The server's word for why it can't be read or written now. */
  maintenance: z.optional(z.string()),
});
export type BackupDatastore = z.infer<typeof backupDatastore>;

export const backupType = z.enum(['vm', 'ct', 'host']);
export type BackupType = z.infer<typeof backupType>;

/** `sign-only`: in the clear, with a signed list of its parts. */
export const cryptMode = z.enum(['none', 'sign-only', 'encrypt']);

/** One archive of a backup, as the server names it: `drive-scsi0.img.fidx`. */
export const backupFile = z.object({
  name: z.string(),
  /** Absent: an old backup, which is not encrypted. */
  crypt: z.optional(cryptMode),
  /** Restored. */
  sizeBytes: z.optional(z.number()),
});
export type BackupFile = z.infer<typeof backupFile>;

/** What was backed up at one moment. */
export const backupSnapshot = z.object({
  datastore: z.string(),
  /** Empty: the root. */
  namespace: z.string(),
  type: backupType,
  id: z.string(),
  /** Seconds since the epoch. */
  timeS: z.number(),
  owner: z.optional(z.string()),
  comment: z.optional(z.string()),
  sizeBytes: z.optional(z.number()),
  isProtected: z.boolean(),
  verification: z.optional(z.enum(['ok', 'failed'])),
  /** Of the key it was encrypted with: lower-case hex, no colons. */
  keyFingerprint: z.optional(z.string()),
  files: z.array(backupFile),
});
export type BackupSnapshot = z.infer<typeof backupSnapshot>;

const name = z.string().check(z.minLength(1), z.maxLength(255));

/** Names one snapshot; the server writes it `vm/100/2026-03-01T10:15:00Z`. */
export const snapshotRef = z.strictObject({
  datastore: name,
  namespace: z.string().check(z.maxLength(256)),
  type: backupType,
  id: name,
  timeS: z.int(),
});
export type SnapshotRef = z.infer<typeof snapshotRef>;

/** All backups of one thing. */
export const backupGroup = z.object({
  type: backupType,
  id: z.string(),
  count: z.number(),
  /** Seconds since the epoch. */
  newestS: z.number(),
  owner: z.optional(z.string()),
  comment: z.optional(z.string()),
});
export type BackupGroup = z.infer<typeof backupGroup>;

/** A file or folder inside an archive of files, as the server's catalog has it (PBS wire facts 9.6). */
export const backupEntry = z.object({
  /** Base64, as the server lists it. */
  filepath: z.string(),
  name: z.string(),
  kind: z.enum(['folder', 'file', 'link', 'other']),
  sizeBytes: z.optional(z.number()),
  modifiedS: z.optional(z.number()),
});
export type BackupEntry = z.infer<typeof backupEntry>;

/** Of one group, `vm/100`, or of all where type and ID are absent. */
export interface SnapshotQuery {
  readonly datastore: string;
  readonly namespace: string;
  readonly type?: BackupType | undefined;
  readonly id?: string | undefined;
}
