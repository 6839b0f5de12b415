import { type TaskDeed, taskDeedOf, taskTitle } from '../../shared/codec/task/taskDeed.ts';
import type { IconName } from '../widgets/iconShapes.tsx';
import type { HistoryEntry } from '../../shared/model/history.ts';
import type { Task } from '../../shared/model/task.ts';
import { clusterById } from './clusters.ts';
import { guestKey, useInventory } from './inventory.ts';
import { useTransfers } from './transfers.ts';

/** What stands for it while it runs. */
const icons: Readonly<Record<TaskDeed, IconName>> = {
  migrate: 'arrow',
  receive: 'arrow',
  migrateAll: 'arrow',
  backUp: 'box',
  restore: 'box',
  moveDisk: 'box',
  moveVolume: 'box',
  readBackup: 'box',
  writeTape: 'box',
  restoreTape: 'box',
  readTapes: 'box',
  clone: 'copy',
  create: 'plus',
  createDatastore: 'plus',
  remove: 'trash',
  collectGarbage: 'trash',
  prune: 'trash',
  removeDatastore: 'trash',
  removeImage: 'trash',
  formatTape: 'trash',
  start: 'play',
  resume: 'play',
  startAll: 'play',
  startService: 'play',
  stop: 'square',
  stopAll: 'square',
  stopService: 'square',
  shutDown: 'power',
  restart: 'again',
  reset: 'again',
  rollBack: 'again',
  sync: 'again',
  refreshPackages: 'again',
  reloadService: 'again',
  restartService: 'again',
  syncRealm: 'again',
  askRemotes: 'again',
  replicate: 'again',
  pause: 'pause',
  snapshot: 'camera',
  removeSnapshot: 'camera',
  makeTemplate: 'file',
  archiveLogs: 'file',
  labelTape: 'file',
  screen: 'vm',
  spiceScreen: 'vm',
  terminal: 'terminal',
  shell: 'terminal',
  verify: 'check',
  register: 'check',
  renewCertificate: 'check',
  orderCertificate: 'check',
  upload: 'upload',
  download: 'upload',
};

export function guestOfTask(task: Task, guests = useInventory.getState().guests) {
  const { clusterId, vmid } = task;
  if (vmid === undefined) return undefined;
  return guests.get(guestKey(clusterId, `qemu/${vmid}`)) ?? guests.get(guestKey(clusterId, `lxc/${vmid}`));
}

export interface TaskWords {
  readonly title: string;
  /** Where it runs. */
  readonly place: string;
  readonly icon: IconName;
}

export function describeTask(task: Task): TaskWords {
  const { type, vmid, node, subject } = task;
  const cluster = clusterById(task.clusterId)?.name ?? 'cluster';
  const name =
    guestOfTask(task)?.name ?? movedName(task.upid) ?? (vmid === undefined ? (subject ?? node) : `guest ${vmid}`);
  const deed = taskDeedOf(type);
  const icon = deed === undefined ? 'gear' : icons[deed];
  return { title: taskTitle(type, name), place: placeOf(task, cluster), icon };
}

/** Of a guest that went to another cluster and is not in the inventory of its old one any more. */
function movedName(upid: string): string | undefined {
  const { byUpid, transfers } = useTransfers.getState();
  const transfer = transfers.get(byUpid.get(upid) ?? '');
  return transfer?.kind === 'remote-migration' ? transfer.name : undefined;
}

/** `north: 114 on n1`; through a Datacenter Manager `central, north: 114 on n1`. */
function placeOf({ vmid, subject, node, remote }: Task | HistoryEntry, cluster: string): string {
  const what = vmid ?? subject;
  return `${cluster}${remote === undefined ? '' : `, ${remote}`}: ${what === undefined ? '' : `${what} on `}${node}`;
}

const ends = {
  ok: { word: 'Finished', icon: 'done', color: 'ok' },
  warnings: { word: 'Finished with warnings', icon: 'alert', color: 'warn' },
  failed: { word: 'Failed', icon: 'fail', color: 'bad' },
  running: { word: 'Running', icon: 'ring', color: 'info' },
  unknown: { word: 'Unknown', icon: 'unknown', color: 'dim' },
} as const satisfies Record<Task['state'], { word: string; icon: IconName; color: string }>;

/** Of a task of the past, by the names of then. */
export function historyWords(entry: HistoryEntry) {
  const { type, vmid, node, subject, clusterName, state } = entry;
  const name = entry.guestName ?? (vmid === undefined ? (subject ?? node) : `guest ${vmid}`);
  return { title: taskTitle(type, name), place: placeOf(entry, clusterName), look: ends[state] };
}
