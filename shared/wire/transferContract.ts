// The part of the contract that is about transfers. `contract.ts` takes it in.
import * as z from 'zod/mini';

import {
  backedUpFile,
  downloadRequest,
  guestBackup,
  remoteMigrationOptions,
  remoteMigrationRequest,
  restoreRequest,
  transferLimits,
  transfersChange,
  uploadFile,
  uploadRequest,
  uploadTarget,
} from '../model/transfer.ts';

const nothing = z.strictObject({});
const id = z.string().check(z.minLength(1), z.maxLength(64));
const keyPassword = z.string().check(z.minLength(1), z.maxLength(4096));
const one = { params: z.strictObject({ transferId: id }), result: nothing };
const created = z.strictObject({ transferId: z.string() });

export const transferMethods = {
  /** Puts an upload into the queue. Fails with `invalid` or `not-found` where the file or its name can't be sent. */
  'transfer.upload': { params: uploadRequest, result: created },
  /** Which nodes and storages take uploads. */
  'transfer.targets': {
    params: z.strictObject({ clusterId: id }),
    result: z.strictObject({ targets: z.array(uploadTarget) }),
  },
  /** Looks at a file of the engine's machine before it is uploaded. */
  'transfer.file': {
    params: z.strictObject({ path: z.string().check(z.minLength(1), z.maxLength(4096)) }),
    result: uploadFile,
  },
  /** Backups of a guest that Proxmox VE can take files out of, the newest first. */
  'transfer.guestBackups': {
    params: z.strictObject({ clusterId: id, guestId: id }),
    result: z.strictObject({ backups: z.array(guestBackup) }),
  },
  /** A folder in one of them; `/` is its top. Takes up to a minute: the server boots a machine to look into disks. */
  'transfer.backedUpFiles': {
    params: z.strictObject({
      clusterId: id,
      node: z.string().check(z.minLength(1), z.maxLength(255)),
      storage: z.string().check(z.minLength(1), z.maxLength(255)),
      volume: z.string().check(z.minLength(1), z.maxLength(1024)),
      filepath: z.string().check(z.minLength(1), z.maxLength(8192)),
    }),
    result: z.strictObject({ files: z.array(backedUpFile), hasMore: z.boolean() }),
  },
  'transfer.download': { params: downloadRequest, result: created },
  /**
   * Restores from a Backup Server. The password of the key file goes to the engine and is kept nowhere: a restore that
   * begins again after a restart asks for it (`lockedKey`). Fails with `invalid` where key file or password are wrong.
   */
  'transfer.restore': {
    params: z.strictObject({ ...restoreRequest.shape, keyPassword: z.optional(keyPassword) }),
    result: created,
  },
  /** The password of the key file that a restore waits for. Fails with `invalid` where it is wrong. */
  'transfer.unlock': { params: z.strictObject({ transferId: id, password: keyPassword }), result: nothing },
  /** What a remote migration may be given, and what stands against it. */
  'transfer.migrationOptions': {
    params: z.strictObject({ clusterId: id, guestId: id, targetClusterId: id }),
    result: remoteMigrationOptions,
  },
  /** Answered when the source cluster has started its task. */
  'transfer.migrate': {
    params: remoteMigrationRequest,
    result: z.strictObject({ transferId: z.string(), upid: z.string() }),
  },
  /** What to do about a file that exists (`asking`). `rename` names the new one. */
  'transfer.answer': {
    params: z.strictObject({
      transferId: id,
      choice: z.enum(['replace', 'rename', 'skip']),
      filename: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
    }),
    result: nothing,
  },
  /** An upload that was paused begins from the start again: the server keeps nothing of it (PVE wire facts 7.1). */
  'transfer.pause': one,
  'transfer.resume': one,
  'transfer.cancel': one,
  /** Starts one that is over again, from the start, as a new transfer in its place. */
  'transfer.retry': { params: one.params, result: created },
  /** Takes one that is over out of the list. */
  'transfer.remove': one,
  'transfer.limit': { params: z.strictObject({ limits: transferLimits }), result: nothing },
  'transfer.list': { params: nothing, result: transfersChange },
} as const;

/** At most four a second; what did not change in between is not told again. */
export const transferEvents = { 'transfers.changed': transfersChange } as const;
