// What every page is told: everything once, then every change, numbered. Both lists name the same subjects.
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import type { EventData, EventName } from '../../shared/wire/contract.ts';
import type { EngineParts } from './engineParts.ts';

/** All that is known now. */
export function tellState(parts: EngineParts, tell: <E extends EventName>(event: E, data: EventData<E>) => void): void {
  const { sessions, privileges, inventory, tasks, gateways, settings, vault, transfers, launches, migrations } = parts;
  tell('clusters.changed', { clusters: sessions.describe() });
  for (const change of privileges.full()) tell('privileges.changed', change);
  for (const change of inventory.full()) tell('inventory.changed', change);
  for (const change of tasks.full()) tell('tasks.changed', change);
  tell('gateways.changed', { gateways: gateways.list() });
  tell('vault.changed', vault.state);
  tell('transfers.changed', transfers.queue.full());
  tell('launches.changed', { launches: launches.list() });
  tell('migrations.changed', migrations.state());
  tell('settings.changed', { settings: settings.settings });
}

/** Writes down what changes, for all pages at once. */
export function recordChanges(parts: EngineParts): Disposable {
  const {
    changes,
    sessions,
    privileges,
    inventory,
    tasks,
    gateways,
    settings,
    vault,
    transfers,
    launches,
    migrations,
    monitor,
  } = parts;
  const store = new DisposableStore();
  let isClustersWaiting = false;
  /** One sign-in changes a cluster several times in a row: told once. */
  const recordClustersSoon = () => {
    if (isClustersWaiting) return;
    isClustersWaiting = true;
    queueMicrotask(() => {
      isClustersWaiting = false;
      if (!store.disposed) changes.add('clusters.changed', { clusters: sessions.describe() });
    });
  };
  store.add(sessions.onChanged(recordClustersSoon));
  store.add(privileges.onChanged((change) => changes.add('privileges.changed', change)));
  store.add(inventory.onChanged((change) => changes.add('inventory.changed', change)));
  store.add(tasks.onChanged((change) => changes.add('tasks.changed', change)));
  store.add(gateways.onChanged(() => changes.add('gateways.changed', { gateways: gateways.list() })));
  store.add(vault.onChanged(() => changes.add('vault.changed', vault.state)));
  store.add(transfers.queue.onChanged((change) => changes.add('transfers.changed', change)));
  store.add(monitor.notices.onNotice((notice) => changes.add('task.notice', notice)));
  store.add(monitor.samples.onSampled((sampled) => changes.add('tasks.sampled', sampled)));
  store.add(migrations.onChanged(() => changes.add('migrations.changed', migrations.state())));
  store.add(launches.onChanged(() => changes.add('launches.changed', { launches: launches.list() })));
  store.add(settings.onChanged((changed) => changes.add('settings.changed', { settings: changed })));
  return store;
}
