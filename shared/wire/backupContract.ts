// The part of the contract that is about what lies on Backup Servers. `contract.ts` takes it in.
import * as z from 'zod/mini';

import { backupDatastore, backupEntry, backupGroup, backupSnapshot, backupType, snapshotRef } from '../model/backup.ts';

const id = z.string().check(z.minLength(1), z.maxLength(64));
const name = z.string().check(z.minLength(1), z.maxLength(255));
const path = z.string().check(z.minLength(1), z.maxLength(4096));
const place = { clusterId: id, datastore: name, namespace: z.string().check(z.maxLength(256)) };

/** All ask the server anew. Fail with `unsupported` where the cluster is no Backup Server. */
export const backupMethods = {
  'backup.datastores': {
    params: z.strictObject({ clusterId: id }),
    result: z.strictObject({ datastores: z.array(backupDatastore) }),
  },
  /** Of all depths; the root is an empty name. */
  'backup.namespaces': {
    params: z.strictObject({ clusterId: id, datastore: name }),
    result: z.strictObject({ namespaces: z.array(z.string()) }),
  },
  'backup.groups': {
    params: z.strictObject(place),
    result: z.strictObject({ groups: z.array(backupGroup) }),
  },
  /** Of one group, the newest first. */
  'backup.snapshots': {
    params: z.strictObject({ ...place, type: backupType, id: name }),
    result: z.strictObject({ snapshots: z.array(backupSnapshot) }),
  },
  /** What is in a folder of an archive of files; an empty path: the archives that can be looked into. */
  'backup.entries': {
    params: z.strictObject({ clusterId: id, snapshot: snapshotRef, filepath: z.string().check(z.maxLength(8192)) }),
    result: z.strictObject({ entries: z.array(backupEntry) }),
  },
  /** Looks at a key file of the engine's machine. Fails with `invalid` where it is none. */
  'backup.keyFile': {
    params: z.strictObject({ path }),
    result: z.strictObject({
      isLocked: z.boolean(),
      /** As its file says; lower-case hex, no colons. */
      fingerprint: z.optional(z.string()),
      /** What its owner wrote down to remember the password by. */
      hint: z.optional(z.string()),
    }),
  },
} as const;
