import { AppError } from '../../../shared/base/errors.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { BackupOptions, BackupPlan, MigratePlan } from '../../../shared/model/migration.ts';
import type { Form } from '../api/form.ts';
import { upidAnswer } from '../api/schemas.ts';
import { listStorages } from '../api/storages.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { readMigrateOptions } from './migrateOptions.ts';

const START_TIMEOUT_MS = 40_000; // the server asks the target node before it answers

export interface StartOptions {
  readonly session: ClusterSession;
  readonly guest: Guest;
  readonly signal: AbortSignal;
}

/**
 * Starts a migration in the cluster and gives the UPID of its task. Sent once: fails with `outcome-unknown` where the
 * answer was lost, and as the API does (PVE wire facts 2.6).
 */
export async function startMigration({ session, guest, signal }: StartOptions, plan: MigratePlan): Promise<string> {
  const { node, type, vmid } = guest;
  const { isRunning, localDisks, problems } = await readMigrateOptions(session, guest, plan.target, signal);
  if (problems[0] !== undefined) throw new AppError('busy', problems[0], { retry: 'later' });
  const map = storageMap(plan);
  const common = { target: plan.target, bwlimit: plan.limitKibPerSecond };
  const form: Form =
    type === 'qemu'
      ? {
          ...common,
          online: isRunning ? true : undefined,
          'with-local-disks': isRunning && localDisks.length > 0 ? true : undefined,
          targetstorage: localDisks.length > 0 ? map : undefined,
        }
      : { ...common, restart: isRunning ? true : undefined, 'target-storage': map };
  const path = `/nodes/${encodeURIComponent(node)}/${type}/${vmid}/migrate`;
  return await session.api.post(path, upidAnswer, { form, timeoutMs: START_TIMEOUT_MS, signal });
}

/** `from:to,from:to`, or one name for all. The same name on both sides needs no word. */
function storageMap({ targetStorage, storageMap: map = {} }: MigratePlan): string | undefined {
  if (targetStorage !== undefined) return targetStorage;
  const entries = Object.entries(map);
  if (entries.every(([from, to]) => from === to)) return undefined;
  return entries.map(([from, to]) => `${from}:${to}`).join(',');
}

export async function readBackupOptions({ session, guest, signal }: StartOptions): Promise<BackupOptions> {
  const storages = await listStorages(session.api, guest.node, { content: 'backup', signal });
  const problems = [
    ...(guest.lock === undefined ? [] : [`${guest.name} is locked (${guest.lock}). Wait until that is over.`]),
    ...(storages.length > 0
      ? []
      : [`${guest.node} has no storage that takes backups. Allow them on one of its storages.`]),
  ];
  return { isRunning: guest.state === 'running', storages, problems };
}

/** Starts a backup and gives the UPID of its task. Sent once, as `startMigration`. Removes no older backup. */
export async function startBackup({ session, guest, signal }: StartOptions, plan: BackupPlan): Promise<string> {
  const { storage, mode, compress, notes, isProtected } = plan;
  const form = {
    vmid: guest.vmid,
    storage,
    mode,
    compress,
    remove: false,
    'notes-template': notes === undefined || notes === '' ? undefined : notes,
    protected: isProtected ? true : undefined,
  };
  const path = `/nodes/${encodeURIComponent(guest.node)}/vzdump`;
  return await session.api.post(path, upidAnswer, { form, timeoutMs: START_TIMEOUT_MS, signal });
}
