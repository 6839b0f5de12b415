import type { MethodHandlers } from '../../../shared/wire/peer.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SessionService } from '../session/sessionService.ts';
import type { TaskService } from '../task/taskService.ts';
import { checkMigrations } from './checkMigrations.ts';
import { readMigrateOptions } from './migrateOptions.ts';
import type { MigrationQueue } from './migrationQueue.ts';
import { readBackupOptions, startBackup, type StartOptions, startMigration } from './startTasks.ts';

type Answered =
  | 'guest.migrateOptions'
  | 'guest.migrate'
  | 'guest.backupOptions'
  | 'guest.backup'
  | 'migrations.check'
  | 'migrations.add'
  | 'migrations.setLimit'
  | 'migrations.cancel'
  | 'migrations.clear';

export interface StartParts {
  readonly sessions: SessionService;
  readonly inventory: Inventory;
  readonly tasks: TaskService;
  readonly migrations: MigrationQueue;
}

/** What a page may start on the servers, and what has to be known before. */
export function startMethods({ sessions, inventory, tasks, migrations }: StartParts): Pick<MethodHandlers, Answered> {
  const prepare = async (clusterId: string, guestId: string, signal: AbortSignal): Promise<StartOptions> => {
    const session = sessions.active(clusterId);
    return { session, guest: await inventory.relocate(clusterId, guestId), signal };
  };
  const noted = (clusterId: string, upid: string) => {
    tasks.add(clusterId, upid);
    return { upid };
  };
  const done = async (work: Promise<void>) => {
    await work;
    return {};
  };
  return {
    'guest.migrateOptions': async ({ clusterId, guestId, target }, { signal }) => {
      const { session, guest } = await prepare(clusterId, guestId, signal);
      return await readMigrateOptions(session, guest, target, signal);
    },
    'guest.migrate': async ({ clusterId, guestId, plan }, { signal }) =>
      noted(clusterId, await startMigration(await prepare(clusterId, guestId, signal), plan)),
    'guest.backupOptions': async ({ clusterId, guestId }, { signal }) =>
      await readBackupOptions(await prepare(clusterId, guestId, signal)),
    'guest.backup': async ({ clusterId, guestId, plan }, { signal }) =>
      noted(clusterId, await startBackup(await prepare(clusterId, guestId, signal), plan)),
    'migrations.check': async ({ clusterId, guestIds, target }, { signal }) => {
      const guests = guestIds.flatMap((id) => inventory.guest(clusterId, id) ?? []);
      const relocate = (guestId: string) => inventory.relocate(clusterId, guestId);
      const options = { session: sessions.active(clusterId), target, signal, relocate };
      return { checks: await checkMigrations(guests, options) };
    },
    'migrations.add': async ({ clusterId, guestIds, plan }) => ({
      ids: await migrations.add(clusterId, guestIds, plan),
    }),
    'migrations.setLimit': ({ limit }) => done(migrations.setLimit(limit)),
    'migrations.cancel': ({ id }) => done(migrations.cancel(id)),
    'migrations.clear': () => done(migrations.clear()),
  };
}
