import type { ChangeLog } from './changeLog.ts';
import type { Endpoints } from './console/endpoints.ts';
import type { EngineDeps } from './deps.ts';
import type { Inventory } from './inventory/inventory.ts';
import type { AddressOpener } from './launch/addressOpener.ts';
import type { Launches } from './launch/launches.ts';
import type { Gateways } from './relay/gateways.ts';
import type { MigrationQueue } from './monitor/migrationQueue.ts';
import type { Monitor } from './monitor/monitor.ts';
import type { RelayRegistry } from './relay/registry.ts';
import type { Backups } from './pbs/backups.ts';
import type { PrivilegeWatch } from './session/privilegeWatch.ts';
import type { SessionService } from './session/sessionService.ts';
import type { PolicyVault } from './store/policyVault.ts';
import type { SettingsStore } from './store/settingsStore.ts';
import type { TaskService } from './task/taskService.ts';
import type { Transfers } from './transfer/transfers.ts';
import type { ViewerService } from './viewer/viewerService.ts';

/** All that pages work with. They come and go; this stays. */
export interface EngineParts {
  readonly deps: EngineDeps;
  readonly sessions: SessionService;
  readonly privileges: PrivilegeWatch;
  readonly inventory: Inventory;
  readonly tasks: TaskService;
  readonly relays: RelayRegistry;
  readonly gateways: Gateways;
  readonly viewers: ViewerService;
  readonly endpoints: Endpoints;
  readonly launches: Launches;
  readonly addresses: AddressOpener;
  readonly monitor: Monitor;
  readonly migrations: MigrationQueue;
  readonly transfers: Transfers;
  readonly backups: Backups;
  readonly settings: SettingsStore;
  readonly vault: PolicyVault;
  /** What pages are told of all of these, numbered. */
  readonly changes: ChangeLog;
  /** Resolves when what is remembered has been read. */
  ready(): Promise<void>;
}
