import { AppError } from '../../../shared/base/errors.ts';
import type { MethodHandlers } from '../../../shared/wire/peer.ts';

type Answered =
  | 'guest.migrateOptions'
  | 'guest.migrate'
  | 'guest.backupOptions'
  | 'guest.backup'
  | 'migrations.add'
  | 'migrations.setLimit'
  | 'migrations.cancel'
  | 'migrations.clear'
  | 'task.samples'
  | 'history.list'
  | 'history.clear';

/** What a page may ask of the monitor. */
export function monitorMethods(): Pick<MethodHandlers, Answered> {
  const refuse = () => {
    throw new AppError('unsupported', 'This build of Sluice cannot do that.');
  };
  return {
    'guest.migrateOptions': refuse,
    'guest.migrate': refuse,
    'guest.backupOptions': refuse,
    'guest.backup': refuse,
    'migrations.add': refuse,
    'migrations.setLimit': refuse,
    'migrations.cancel': refuse,
    'migrations.clear': refuse,
    'task.samples': () => ({ samples: [] }),
    'history.list': () => ({ entries: [], total: 0 }),
    'history.clear': () => ({}),
  };
}
