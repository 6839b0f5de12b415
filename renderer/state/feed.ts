import { systemClock } from '../../shared/base/clock.ts';
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import type { Task, TaskChange } from '../../shared/model/task.ts';
import type { TransfersChange } from '../../shared/model/transfer.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';
import { mergeClusters, useClusters } from './clusters.ts';
import { useConnection } from './connection.ts';
import { openConsole, usualView } from './dock.ts';
import { noteConsoleStatus } from './consoleStatus.ts';
import { useGateways } from './gateways.ts';
import { Gather } from './gather.ts';
import { applyInventoryChange, keepClusters, useInventory } from './inventory.ts';
import { note } from './log.ts';
import { takeLaunches } from './launches.ts';
import { useMigrations } from './migrations.ts';
import { transferNotices } from './transferNotices.ts';
import { applyTransfersChange, useTransfers } from './transfers.ts';
import { tellNotice, tellTaskNotice } from './notices.ts';
import { emptyMeters, mergeMeters, useMeters } from './meters.ts';
import { keepPrivilegesOf, setPrivileges } from './privileges.ts';
import { tellEndedSignIns } from './endedSignIns.ts';
import { useSettings } from './settings.ts';
import { describeTask } from './taskWords.ts';
import { applySampled, applyTaskChanges, isConsoleTask, keepTasksOf, taskKey, useTasks } from './tasks.ts';
import { useVault } from './vault.ts';

const TASKS_MS = 100; // fifty running tasks tell 200 changes a second; ten paintings of them are enough for the eye

/** Lets a peer's events into the stores until it is disposed. */
export function feedStores(peer: PagePeer): Disposable {
  const life = new DisposableStore();
  const taskChanges = life.add(new Gather<TaskChange>(systemClock, TASKS_MS, takeTasks));
  life.add(
    peer.on('clusters.changed', ({ clusters }) => {
      const before = useClusters.getState();
      const list = mergeClusters(before.list, clusters);
      if (list !== before.list || !before.isKnown) useClusters.setState({ list, isKnown: true });
      if (before.isKnown) tellEndedSignIns(before.list, list);
      const ids = new Set(clusters.map((cluster) => cluster.id));
      useInventory.setState((inventory) => keepClusters(inventory, ids));
      useTasks.setState((tasks) => keepTasksOf(tasks, ids));
      keepPrivilegesOf(ids);
    }),
  );
  life.add(peer.on('privileges.changed', ({ clusterId, tree }) => setPrivileges(clusterId, tree)));
  life.add(
    peer.on('inventory.changed', (change) =>
      useInventory.setState((inventory) => applyInventoryChange(inventory, change)),
    ),
  );
  life.add(peer.on('tasks.changed', (change) => taskChanges.push(change)));
  life.add(peer.on('gateways.changed', ({ gateways }) => useGateways.setState({ list: gateways })));
  life.add(peer.on('tasks.sampled', (sampled) => useTasks.setState((tasks) => applySampled(tasks, sampled))));
  life.add(peer.on('console.wanted', ({ target, view }) => openConsole({ target, view: view ?? usualView(target) })));
  life.add(peer.on('vault.changed', (state) => useVault.setState(state)));
  life.add(peer.on('transfers.changed', takeTransfers));
  life.add(peer.on('migrations.changed', (queue) => useMigrations.setState(queue)));
  life.add(peer.on('task.notice', (notice) => tellTaskNotice(notice)));
  life.add(peer.on('console.status', noteConsoleStatus));
  life.add(peer.on('meters.changed', (meters) => useMeters.setState((before) => mergeMeters(before, meters))));
  life.add(peer.on('launches.changed', ({ launches }) => takeLaunches(launches)));
  life.add(peer.on('settings.changed', ({ settings }) => useSettings.setState(settings)));
  life.add(peer.on('machine.woken', () => useConnection.setState(({ wakings }) => ({ wakings: wakings + 1 }))));
  life.add(peer.on('app.told', ({ isResumed }) => isResumed && note('This window knows again all that happened.')));
  life.add({ dispose: () => useMeters.setState(emptyMeters) });
  return life;
}

function takeTransfers(change: TransfersChange): void {
  const before = useTransfers.getState();
  const now = applyTransfersChange(before, change);
  useTransfers.setState(now);
  for (const notice of transferNotices(before, now)) tellNotice(notice);
}

function takeTasks(changes: readonly TaskChange[]): void {
  const before = useTasks.getState();
  const now = applyTaskChanges(before, changes);
  if (now === before) return;
  useTasks.setState(now);
  const told = new Set(changes.flatMap(({ clusterId, tasks }) => tasks.map(({ upid }) => taskKey(clusterId, upid))));
  for (const key of told) {
    const task = now.tasks.get(key);
    if (task) noteTask(before.tasks.get(key), task);
  }
}

/** Writes the end of a task that was seen running to the window's log. */
function noteTask(before: Task | undefined, now: Task): void {
  if (before?.state !== 'running' || now.state === 'running' || isConsoleTask(now)) return;
  const title = describeTask(now).title;
  if (now.state === 'failed') note(`${title} failed: ${now.exitText ?? 'no reason given'}`, 'error');
  else note(`${title} ended${now.state === 'warnings' ? ' with warnings' : ''}.`);
}
