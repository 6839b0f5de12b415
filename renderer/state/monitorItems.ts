// What the monitor lists: server tasks, transfers of this machine, and migrations that wait for their turn.
import type { QueuedMigration } from '../../shared/model/migration.ts';
import type { Task } from '../../shared/model/task.ts';
import type { Transfer } from '../../shared/model/transfer.ts';
import { useMigrations } from './migrations.ts';
import { taskKey, useTasks } from './tasks.ts';
import { isOver, useTransfers } from './transfers.ts';

export type MonitorItem =
  | { readonly kind: 'task'; readonly key: string; readonly task: Task }
  | { readonly kind: 'transfer'; readonly key: string; readonly transfer: Transfer }
  | { readonly kind: 'queued'; readonly key: string; readonly queued: QueuedMigration };

const TRANSFER = 'transfer|';
const QUEUED = 'queued|';
export const transferKey = (id: string) => TRANSFER + id;
export const queuedKey = (id: string) => QUEUED + id;
export const transferIdOf = (key: string) => (key.startsWith(TRANSFER) ? key.slice(TRANSFER.length) : undefined);
export const queuedIdOf = (key: string) => (key.startsWith(QUEUED) ? key.slice(QUEUED.length) : undefined);

/** The same work is told once: of a file its transfer, of a guest its task. */
export function monitorItems(): MonitorItem[] {
  const { tasks } = useTasks.getState();
  const { transfers, byUpid } = useTransfers.getState();
  const items: MonitorItem[] = [];
  for (const [key, task] of tasks) {
    const transfer = transfers.get(byUpid.get(task.upid) ?? '');
    if (!transfer || transfer.kind === 'remote-migration') items.push({ kind: 'task', key, task });
  }
  for (const transfer of transfers.values()) {
    const { kind, upid, clusterId, id } = transfer;
    const hasTask = kind === 'remote-migration' && upid !== undefined && tasks.has(taskKey(clusterId, upid));
    if (!hasTask) items.push({ kind: 'transfer', key: transferKey(id), transfer });
  }
  for (const queued of useMigrations.getState().items) {
    const isTold = queued.upid !== undefined;
    if (!isTold) items.push({ kind: 'queued', key: queuedKey(queued.id), queued });
  }
  return items;
}

export function isRunning(item: MonitorItem): boolean {
  if (item.kind === 'task') return item.task.state === 'running';
  if (item.kind === 'transfer') return !isOver(item.transfer);
  return item.queued.state === 'waiting' || item.queued.state === 'running';
}
