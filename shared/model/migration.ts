import * as z from 'zod/mini';

import { errorInfo } from './errorInfo.ts';
import { guestType } from './inventory.ts';

const text = (most: number) => z.string().check(z.minLength(1), z.maxLength(most));

/** A node that a guest could move to. */
export const migrationTarget = z.object({
  node: z.string(),
  isAllowed: z.boolean(),
  /** Why it is not, for people. */
  reason: z.optional(z.string()),
});

/** A storage of a node, with what it has room for. */
export const storageChoice = z.object({
  name: z.string(),
  type: z.string(),
  isShared: z.boolean(),
  /** `images`, `rootdir`, `backup`, `iso`. */
  content: z.array(z.string()),
  availableBytes: z.optional(z.number()),
  totalBytes: z.optional(z.number()),
});
export type StorageChoice = z.infer<typeof storageChoice>;

export const localDisk = z.object({
  volume: z.string(),
  /** `scsi0` */
  drive: z.optional(z.string()),
  storage: z.string(),
  sizeBytes: z.optional(z.number()),
});

/** What the server says before a migration in its cluster (PVE wire facts 2.6), and what follows from it. */
export const migrateOptions = z.object({
  type: guestType,
  node: z.string(),
  isRunning: z.boolean(),
  targets: z.array(migrationTarget),
  /** They are copied with it. Of a container the server does not tell before. */
  localDisks: z.array(localDisk),
  /** Devices of this node that can't come along, such as `hostpci0`: they forbid to migrate while it runs. */
  localResources: z.array(z.string()),
  /** The same, but mapped to devices of other nodes: they come along to nodes that have them. */
  mappedResources: z.array(z.string()),
  /** Storages of the asked target that can take disks of this guest; empty without `target`. */
  storages: z.array(storageChoice),
  /** `live`: it goes on. `restart`: it is shut down, moved and started (a container). `offline`: it is off. */
  manner: z.enum(['live', 'restart', 'offline']),
  /** Why it can't be migrated at all now. Empty: it can. */
  problems: z.array(z.string()),
});
export type MigrateOptions = z.infer<typeof migrateOptions>;

/** Whether one of several guests could go to a node now. `unknown`: it could not be asked, and may still be tried. */
export const migrationCheck = z.object({
  guestId: z.string(),
  verdict: z.enum(['goes', 'stays', 'unknown']),
  /** Why it stays, or why it is not known, for people. */
  reasons: z.array(z.string()),
  /** They are copied with it. */
  localDisks: z.array(localDisk),
  manner: z.enum(['live', 'restart', 'offline']),
});
export type MigrationCheck = z.infer<typeof migrationCheck>;

/** How to migrate in a cluster. Whether it goes on running follows from what it is. */
export const migratePlan = z.strictObject({
  target: text(64),
  /** One for all local disks; absent: each disk to the storage of the same name. */
  targetStorage: z.optional(text(100)),
  /** By name of the storage here; in place of `targetStorage`. */
  storageMap: z.optional(z.record(text(100), text(100))),
  /** KiB/s; absent: what the cluster has set. */
  limitKibPerSecond: z.optional(z.int().check(z.gte(1))),
});
export type MigratePlan = z.infer<typeof migratePlan>;

export const backupMode = z.enum(['snapshot', 'suspend', 'stop']);
export type BackupMode = z.infer<typeof backupMode>;

export const backupOptions = z.object({
  isRunning: z.boolean(),
  /** Those that take backups; `type` of a Backup Server is `pbs`. */
  storages: z.array(storageChoice),
  problems: z.array(z.string()),
});
export type BackupOptions = z.infer<typeof backupOptions>;

export const backupPlan = z.strictObject({
  storage: text(100),
  mode: backupMode,
  /** Of archives in files; a Backup Server has its own. */
  compress: z.optional(z.enum(['0', 'gzip', 'lzo', 'zstd'])),
  /** May hold `{{guestname}}`, `{{vmid}}`, `{{node}}`, `{{cluster}}`. */
  notes: z.optional(z.string().check(z.maxLength(1024))),
  isProtected: z.optional(z.boolean()),
});
export type BackupPlan = z.infer<typeof backupPlan>;

/** A migration that waits for its turn, runs, or is over. */
export const queuedMigration = z.object({
  id: z.string(),
  clusterId: z.string(),
  guestId: z.string(),
  target: z.string(),
  state: z.enum(['waiting', 'running', 'ok', 'warnings', 'failed', 'unknown', 'cancelled']),
  /** Once it was started. */
  upid: z.optional(z.string()),
  /** Why it was not started. */
  error: z.optional(errorInfo),
  addedAtMs: z.number(),
});
export type QueuedMigration = z.infer<typeof queuedMigration>;

export const migrationQueue = z.object({
  /** How many run at once in one cluster. */
  limit: z.number(),
  /** In the order of their turn; those that are over stay until they are cleared. */
  items: z.array(queuedMigration),
});
export type MigrationQueue = z.infer<typeof migrationQueue>;
