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
  files: z.array(backupFile),
});
export type BackupSnapshot = z.infer<typeof backupSnapshot>;

/** Of one group, `vm/100`, or of all where type and ID are absent. */
export interface SnapshotQuery {
  readonly datastore: string;
  readonly namespace: string;
  readonly type?: BackupType | undefined;
  readonly id?: string | undefined;
}
