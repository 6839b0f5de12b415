import { AppError } from '../../../shared/base/errors.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { MigrateOptions, MigrationCheck, StorageChoice } from '../../../shared/model/migration.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { describeMigration, readTold, readTargets, type TargetFacts } from './migrateOptions.ts';

const AT_ONCE = 4; // the server works on each for a while

export interface CheckOptions {
  readonly session: ClusterSession;
  readonly target: string;
  readonly signal: AbortSignal;
  /** Where a guest is now that is not where it was. */
  relocate(guestId: string): Promise<Guest>;
}

/**
 * Asks for each guest whether it could go to a node now, and what would come along. What is the same for all is asked
 * once. In the order of the guests.
 */
export async function checkMigrations(guests: readonly Guest[], options: CheckOptions): Promise<MigrationCheck[]> {
  const facts = await readTargets(options.session, options.target, options.signal);
  const checks = new Map<string, MigrationCheck>();
  const waiting = [...guests];
  const worker = async () => {
    for (let guest = waiting.shift(); guest; guest = waiting.shift()) {
      checks.set(guest.id, await checkAnywhere(guest, facts, options));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return guests.flatMap(({ id }) => checks.get(id) ?? []);
}

/** It may have moved since it was listed. What cannot be asked is tried all the same. */
async function checkAnywhere(guest: Guest, facts: TargetFacts, options: CheckOptions): Promise<MigrationCheck> {
  try {
    return await checkOne(guest, facts, options).catch(async (error: unknown) => {
      if (AppError.from(error).code !== 'not-found') throw error;
      return await checkOne(await options.relocate(guest.id), facts, options);
    });
  } catch (error) {
    const { code, message } = AppError.from(error);
    if (code === 'aborted') throw error;
    return { guestId: guest.id, verdict: 'unknown', reasons: [message], localDisks: [], manner: 'offline' };
  }
}

async function checkOne(guest: Guest, facts: TargetFacts, options: CheckOptions): Promise<MigrationCheck> {
  const { session, target, signal } = options;
  const told = guest.type === 'qemu' ? await readTold(session, guest, target, signal) : undefined;
  const described = describeMigration(guest, facts, told);
  const { localDisks, manner } = described;
  const reasons = whyNot(guest, target, described);
  return { guestId: guest.id, verdict: reasons.length > 0 ? 'stays' : 'goes', reasons, localDisks, manner };
}

function whyNot(guest: Guest, target: string, options: MigrateOptions): string[] {
  const { problems, targets, localDisks, localResources, isRunning, storages } = options;
  if (problems.length > 0) return [...problems];
  if (guest.node === target) return [`It is on ${target} already.`];
  const place = targets.find(({ node }) => node === target);
  if (!place) return [`The cluster has no node ${target}.`];
  const refused = place.isAllowed ? [] : [place.reason ?? 'The cluster does not allow it.'];
  const held = isRunning && localResources.length > 0;
  return [
    ...refused,
    ...(held ? [`${localResources.join(', ')} can’t come along while it runs.`] : []),
    ...missingStorages(localDisks, storages, target),
  ];
}

/** Its disks go to the storage of the same name. */
function missingStorages(
  disks: MigrateOptions['localDisks'],
  storages: readonly StorageChoice[],
  target: string,
): string[] {
  const needed = [...new Set(disks.map(({ storage }) => storage))];
  const missing = needed.filter((name) => !storages.some((storage) => storage.name === name));
  return missing.map((name) => `${target} has no storage called ${name} that takes its disks.`);
}
