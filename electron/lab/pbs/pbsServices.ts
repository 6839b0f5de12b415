import type { Clock } from '../../../shared/base/clock.ts';
import type { UserStore } from '../auth/users.ts';
import type { LabDatastore } from './datastore.ts';
import type { PbsQuirks } from './pbsQuirks.ts';
import type { ReaderTasks } from './readerTasks.ts';

/** What the lab's Backup Server works with. */
export interface PbsServices {
  readonly clock: Clock;
  readonly quirks: PbsQuirks;
  readonly users: UserStore;
  readonly datastores: LabDatastore[];
  readonly tasks: ReaderTasks;
  nowS(): number;
}
