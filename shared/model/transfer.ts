import * as z from 'zod/mini';

import { tokenId, tokenSecret } from './apiToken.ts';
import { snapshotRef } from './backup.ts';
import { errorInfo } from './errorInfo.ts';

export const transferKind = z.enum(['upload', 'download', 'restore', 'remote-migration']);
export type TransferKind = z.infer<typeof transferKind>;

/**
 * `asking`: something of that name exists, see `exists`, and `transfer.answer` goes on; or a key is locked, see
 * `lockedKey`, and `transfer.unlock` goes on. `verifying`: all bytes are there,
 * and it is made sure of. `interrupted`: Sluice ended in the middle. The last five are final.
 */
export const transferState = z.enum([
  'queued',
  'preparing',
  'asking',
  'running',
  'verifying',
  'paused',
  'done',
  'failed',
  'cancelled',
  'skipped',
  'interrupted',
]);
export type TransferState = z.infer<typeof transferState>;

/** What can be done with it now: the methods `transfer.…` that will not refuse. */
export const transferAction = z.enum(['answer', 'unlock', 'pause', 'resume', 'cancel', 'retry', 'remove']);
export type TransferAction = z.infer<typeof transferAction>;

export const uploadContent = z.enum(['iso', 'vztmpl', 'import']);
export type UploadContent = z.infer<typeof uploadContent>;

export const checksumAlgorithm = z.enum(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']);
export type ChecksumAlgorithm = z.infer<typeof checksumAlgorithm>;

/** The bridge of a remote migration: this machine carries its connections. */
export const bridgeState = z.object({
  /** Where the source node reaches it. */
  address: z.string(),
  /** Who may connect. */
  allowedFrom: z.array(z.string()),
  /** Open now, and of all time. */
  connections: z.number(),
  accepted: z.number(),
  refused: z.number(),
  heldBytes: z.number(),
  upBytes: z.number(),
  downBytes: z.number(),
});
export type BridgeState = z.infer<typeof bridgeState>;

/** Bytes we move and measure. */
export const transfer = z.object({
  id: z.string(),
  kind: transferKind,
  clusterId: z.string(),
  /** Of the file or the guest, for people. */
  name: z.string(),
  state: transferState,
  /** What it does or waits for at the moment, for people. */
  phase: z.optional(z.string()),
  actions: z.array(transferAction),
  /** Acknowledged: handed over to the other side's system, or written to our disk. */
  doneBytes: z.number(),
  totalBytes: z.optional(z.number()),
  bytesPerSecond: z.optional(z.number()),
  etaSeconds: z.optional(z.number()),
  createdAtMs: z.number(),
  startedAtMs: z.optional(z.number()),
  endedAtMs: z.optional(z.number()),
  /** How often it began again by itself, and why last: from the start, but for a restore, which goes on. */
  restarts: z.number(),
  restartReason: z.optional(z.string()),
  /** Why it failed. */
  error: z.optional(errorInfo),
  /** The server's task that belongs to it. */
  upid: z.optional(z.string()),
  /** The transfer that this one was started again for. */
  retryOf: z.optional(z.string()),
  /** What is there already, in state `asking`. */
  exists: z.optional(z.object({ name: z.string(), sizeBytes: z.optional(z.number()), atMs: z.optional(z.number()) })),
  /** The key file whose password it waits for, in state `asking`. */
  lockedKey: z.optional(z.object({ path: z.string(), hint: z.optional(z.string()) })),
  /** What was made sure of, in state `done`. */
  verified: z.optional(z.array(z.enum(['checksum', 'size', 'task']))),
  checksum: z.optional(z.object({ algorithm: checksumAlgorithm, value: z.string() })),
  /** Of an upload. */
  upload: z.optional(
    z.object({ path: z.string(), node: z.string(), storage: z.string(), content: uploadContent, filename: z.string() }),
  ),
  /** Of a download: where it goes. */
  download: z.optional(z.object({ path: z.string(), source: z.string() })),
  /** Of a restore: what is restored, as the server calls it, and where it goes. */
  restore: z.optional(z.object({ path: z.string(), archive: z.string(), snapshot: snapshotRef })),
  /** Of a remote migration. */
  migration: z.optional(
    z.object({
      guestId: z.string(),
      targetClusterId: z.string(),
      targetVmid: z.number(),
      deletesSource: z.boolean(),
      /** A token that was made for it and is not removed yet. */
      tokenToRemove: z.optional(z.string()),
      bridge: z.optional(bridgeState),
    }),
  ),
});
export type Transfer = z.infer<typeof transfer>;

export const transferLimits = z.object({
  /** How many run at once. */
  parallel: z.int().check(z.gte(1), z.lte(8)),
  /** For all uploads and downloads together. 0: none. */
  bytesPerSecond: z.number().check(z.gte(0), z.lte(1e12)),
});
export type TransferLimits = z.infer<typeof transferLimits>;

/** `full` replaces all that was known. `removed` are IDs. */
export const transfersChange = z.object({
  full: z.boolean(),
  transfers: z.array(transfer),
  removed: z.array(z.string()),
  limits: transferLimits,
});
export type TransfersChange = z.infer<typeof transfersChange>;

const id = z.string().check(z.minLength(1), z.maxLength(64));
const name = z.string().check(z.minLength(1), z.maxLength(255));
const path = z.string().check(z.minLength(1), z.maxLength(4096));
const ifExists = z.enum(['ask', 'replace', 'skip']);

/**
 * `compute` reads the file once beforehand; the sum goes with the upload and the server checks what arrived. `given`
 * is what the publisher of the image says, checked by the server in the same way.
 */
export const uploadChecksum = z.union([
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('compute'), algorithm: checksumAlgorithm }),
  z.strictObject({
    kind: z.literal('given'),
    algorithm: checksumAlgorithm,
    value: z.string().check(z.regex(/^[0-9a-fA-F]{32,128}$/)),
  }),
]);

export const uploadRequest = z.strictObject({
  clusterId: id,
  node: name,
  storage: name,
  content: uploadContent,
  /** Of a file on the engine's machine. */
  path,
  /** Absent: the file's own name, with what the server does not allow replaced. */
  filename: z.optional(name),
  checksum: uploadChecksum,
  ifExists,
});
export type UploadRequest = z.infer<typeof uploadRequest>;

export const downloadSource = z.union([
  z.strictObject({
    kind: z.literal('task-log'),
    clusterId: id,
    upid: z.string().check(z.minLength(1), z.maxLength(1024)),
  }),
  /** A file or folder inside a backup that lies on a Backup Server storage (PVE wire facts 7.4). */
  z.strictObject({
    kind: z.literal('file-restore'),
    clusterId: id,
    node: name,
    storage: name,
    volume: z.string().check(z.minLength(1), z.maxLength(1024)),
    /** Base64, as the server lists it. */
    filepath: z.string().check(z.minLength(1), z.maxLength(8192)),
    /** A folder comes as an archive. */
    isFolder: z.boolean(),
    /** As listed, where it was: the only way to know that nothing is missing. */
    sizeBytes: z.optional(z.number()),
  }),
  /** An archive of a backup, from the Backup Server itself: as it is stored, or decoded by the server (9.6). */
  z.strictObject({
    kind: z.literal('backup-archive'),
    clusterId: id,
    snapshot: snapshotRef,
    archive: name,
    isDecoded: z.boolean(),
    /** Of what comes, where it is known. */
    sizeBytes: z.optional(z.number()),
  }),
  /** A file or folder inside an archive of a backup, from the Backup Server itself (9.6). */
  z.strictObject({
    kind: z.literal('backup-entry'),
    clusterId: id,
    snapshot: snapshotRef,
    /** Base64, as the server lists it. */
    filepath: z.string().check(z.minLength(1), z.maxLength(8192)),
    /** A folder comes as an archive. */
    isFolder: z.boolean(),
    sizeBytes: z.optional(z.number()),
  }),
]);
export type DownloadSource = z.infer<typeof downloadSource>;

export const downloadRequest = z.strictObject({
  source: downloadSource,
  /** Where the file is to be, its name included. */
  path,
  ifExists,
});
export type DownloadRequest = z.infer<typeof downloadRequest>;

/** An archive or blob of a backup into a file, by the reader protocol: piece by piece, each checked. */
export const restoreRequest = z.strictObject({
  clusterId: id,
  snapshot: snapshotRef,
  /** As the server stores it: `drive-scsi0.img.fidx`. */
  archive: name,
  /** Where the file is to be, its name included. */
  path,
  ifExists,
  /** The key file of an encrypted backup, on the engine's machine. */
  keyPath: z.optional(path),
});
export type RestoreRequest = z.infer<typeof restoreRequest>;

const mapEntry = z.strictObject({ from: name, to: name });

/** The token with which the source cluster signs in to the target. */
export const migrationToken = z.union([
  /** Made for this migration with the target's sign-in, and removed afterwards. */
  z.strictObject({ kind: z.literal('make') }),
  z.strictObject({ kind: z.literal('given'), tokenId, secret: tokenSecret }),
]);

/** This machine carries the connections. It listens beyond loopback, so it is asked for each time. */
export const bridgeRequest = z.strictObject({
  /** An address of this machine; `0.0.0.0` for all. */
  listenHost: name,
  /** How the source node reaches this machine. */
  host: name,
  /** 0: any free one. */
  port: z.int().check(z.gte(0), z.lte(65_535)),
  /** Addresses that may connect. Empty: those of the source cluster's nodes. */
  allowedFrom: z.array(name).check(z.maxLength(64)),
});
export type BridgeRequest = z.infer<typeof bridgeRequest>;

export const remoteMigrationRequest = z.strictObject({
  clusterId: id,
  guestId: id,
  targetClusterId: id,
  /** Absent: the same number. */
  targetVmid: z.optional(z.int().check(z.gte(100), z.lte(999_999_999))),
  /** From source to target. One entry from `*` stands for all that are not named. */
  storages: z.array(mapEntry).check(z.minLength(1), z.maxLength(64)),
  bridges: z.array(mapEntry).check(z.minLength(1), z.maxLength(64)),
  /** Live, where the guest runs; a container is restarted. */
  isOnline: z.boolean(),
  deletesSource: z.boolean(),
  /** KiB a second, as the server counts; absent: as the clusters say. */
  limitKibPerSecond: z.optional(z.int().check(z.gte(1))),
  token: migrationToken,
  bridge: z.optional(bridgeRequest),
});
export type RemoteMigrationRequest = z.infer<typeof remoteMigrationRequest>;

/** What may be chosen for a remote migration. */
export const remoteMigrationOptions = z.object({
  isRunning: z.boolean(),
  sourceStorages: z.array(z.string()),
  sourceBridges: z.array(z.string()),
  targetStorages: z.array(
    z.object({ storage: z.string(), content: z.array(z.string()), availableBytes: z.optional(z.number()) }),
  ),
  targetBridges: z.array(z.string()),
  /** The same number as now where it is free on the target, else the next free one. */
  targetVmid: z.number(),
  /** The node of the target that we are signed in to: the source cluster has to reach it. */
  targetAddress: z.string(),
  targetFingerprint: z.optional(z.string()),
  /** Addresses of this machine for a bridge, the likeliest first. */
  localHosts: z.array(z.string()),
  /** What stands against it, for people. Empty: nothing known. */
  obstacles: z.array(z.string()),
});
export type RemoteMigrationOptions = z.infer<typeof remoteMigrationOptions>;

/** A backup of a guest on a storage of a Backup Server, out of which files can be taken. */
export const guestBackup = z.object({
  node: z.string(),
  storage: z.string(),
  volume: z.string(),
  atMs: z.number(),
  sizeBytes: z.optional(z.number()),
  isEncrypted: z.boolean(),
  notes: z.optional(z.string()),
});
export type GuestBackup = z.infer<typeof guestBackup>;

export const backedUpFile = z.object({
  /** Base64, to be given back as it is. */
  filepath: z.string(),
  name: z.string(),
  /** Archives and partitions are folders too; of `other` there is nothing to take. */
  kind: z.enum(['file', 'folder', 'other']),
  sizeBytes: z.optional(z.number()),
  atMs: z.optional(z.number()),
});
export type BackedUpFile = z.infer<typeof backedUpFile>;

/** A place that takes uploads. */
export const uploadTarget = z.object({
  node: z.string(),
  storage: z.string(),
  content: z.array(uploadContent),
  isShared: z.boolean(),
  availableBytes: z.optional(z.number()),
});
export type UploadTarget = z.infer<typeof uploadTarget>;

/** A file of this machine that may be uploaded. */
export const uploadFile = z.object({
  path: z.string(),
  sizeBytes: z.number(),
  /** What it will be called: no path, and nothing but letters, digits, dot, dash and underscore. */
  filename: z.string(),
  /** By its ending; absent where the server would take it as nothing. */
  content: z.optional(uploadContent),
});
export type UploadFile = z.infer<typeof uploadFile>;
