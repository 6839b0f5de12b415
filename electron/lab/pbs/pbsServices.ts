import type { Clock } from '../../../shared/base/clock.ts';
import type { LabDatastore } from './datastore.ts';
import type { PbsAuth } from './pbsAuth.ts';
import type { PbsQuirks } from './pbsQuirks.ts';
import type { ReaderTasks } from './readerTasks.ts';

/** What the lab's Backup Server works with. */
export interface PbsServices {
  readonly clock: Clock;
  readonly quirks: PbsQuirks;
  readonly auth: PbsAuth;
  readonly datastores: LabDatastore[];
  readonly tasks: ReaderTasks;
  nowS(): number;
}
