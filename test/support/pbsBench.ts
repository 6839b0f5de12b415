import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CryptKey } from '../../electron/engine/pbs/cryptKey.ts';
import type { ReaderServer, SnapshotRef } from '../../electron/engine/pbs/openReader.ts';
import { Restore, type RestoreOptions, restoreToFile } from '../../electron/engine/pbs/restore.ts';
import type { PbsLab } from '../../electron/lab/pbs/pbsLab.ts';
import type { LabSnapshot } from '../../electron/lab/pbs/snapshots.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { Backoff } from '../../shared/flow/backoff.ts';

/** The lab as the engine's reader sees it, by way of a token. */
export function serverOf(lab: PbsLab, address: string = lab.address): ReaderServer {
  const { id, secret } = lab.apiToken;
  return {
    address,
    trust: { fingerprints: [lab.fingerprint], isSystemTrusted: false },
    credentials: () => ({ kind: 'token', product: 'pbs', user: id, token: secret }),
  };
}

/** The only snapshot of that ID, or the newest. */
export function snapshotOf(lab: PbsLab, id: string): { ref: SnapshotRef; snapshot: LabSnapshot } {
  for (const store of lab.datastores) {
    for (const { name, snapshots } of store.namespaces) {
      const snapshot = snapshots.find(({ plan }) => plan.id === id);
      if (!snapshot) continue;
      const { type, timeS } = snapshot.plan;
      return { ref: { datastore: store.name, namespace: name, type, id, timeS }, snapshot };
    }
  }
  throw new Error(`The lab has no backup of ${id}.`);
}

export interface RestoreRun {
  readonly restore: Restore;
  readonly path: string;
  readonly seen: { totalBytes: number; writtenBytes: number; reconnects: string[]; phases: string[] };
}

/** A restore to a file of that folder, which notes all it tells. */
export function restoreOf(
  lab: PbsLab,
  asked: {
    readonly id: string;
    readonly archive: string;
    readonly folder: string;
    readonly key?: CryptKey | undefined;
  },
  changes: Partial<RestoreOptions> = {},
): RestoreRun {
  const path = join(asked.folder, 'restored');
  const seen: RestoreRun['seen'] = { totalBytes: 0, writtenBytes: 0, reconnects: [], phases: [] };
  const options = {
    server: serverOf(lab),
    snapshot: snapshotOf(lab, asked.id).ref,
    archive: asked.archive,
    key: asked.key,
    clock: systemClock,
    heartbeatMs: 3_000,
    backoff: new Backoff({ firstMs: 2, maxMs: 20 }),
    on: {
      sized: (bytes: number) => {
        seen.totalBytes = bytes;
      },
      written: (bytes: number) => {
        seen.writtenBytes += bytes;
      },
      phase: (text: string) => seen.phases.push(text),
      reconnected: ({ code }: { code: string }) => seen.reconnects.push(code),
    },
    ...changes,
  };
  const { createTarget } = changes;
  return {
    restore: createTarget ? new Restore({ ...options, createTarget }) : restoreToFile(options, path, false),
    path,
    seen,
  };
}

export async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** A folder that is gone after the test. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-pbs-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
