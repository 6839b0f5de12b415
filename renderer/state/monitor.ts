import * as z from 'zod/mini';
import { create } from 'zustand';

import { readPageFilePath } from '../../shared/model/pageFile.ts';
import type { Task } from '../../shared/model/task.ts';
import type { Transfer } from '../../shared/model/transfer.ts';
import { clusterById } from './clusters.ts';
import { readKept, writeKept } from './keep.ts';
import { isRunning, type MonitorItem } from './monitorItems.ts';
import { describeTask } from './taskWords.ts';
import { isConsoleTask, needsSomeone } from './tasks.ts';
import { describeQueued, describeTransfer } from './transferWords.ts';
import { hasFailed } from './transfers.ts';

export const taskKinds = ['migration', 'backup', 'restore', 'transfer', 'disk', 'guest', 'other'] as const;
export type TaskKind = (typeof taskKinds)[number];

const kinds: Record<string, TaskKind> = {
  ...{ qmigrate: 'migration', vzmigrate: 'migration', migrateall: 'migration' },
  ...{ vzdump: 'backup', backup: 'backup', verificationjob: 'backup', verify: 'backup', prune: 'backup' },
  ...{ garbage_collection: 'backup', syncjob: 'backup', prunejob: 'backup', sync: 'backup', prunegroup: 'backup' },
  ...{ verify_group: 'backup', verify_snapshot: 'backup', 'tape-backup': 'backup', 'tape-backup-job': 'backup' },
  ...{ 'tape-restore': 'restore', hamigrate: 'migration', qmtunnel: 'migration', vzmtunnel: 'migration' },
  ...{ qmrestore: 'restore', vzrestore: 'restore', reader: 'restore', pbsdownload: 'restore' },
  ...{ qmmove: 'disk', move_volume: 'disk', qmclone: 'disk', vzclone: 'disk', imgdel: 'disk' },
  ...{ resize: 'disk', qmtemplate: 'disk', vztemplate: 'disk' },
  ...{ imgcopy: 'transfer', download: 'transfer', upload: 'transfer' },
};

export function kindOfTask({ type }: Task): TaskKind {
  return kinds[type] ?? (/^(qm|vz)/.test(type) ? 'guest' : 'other');
}

const filter = z.object({
  show: z.enum(['all', 'running', 'attention', 'failed']),
  clusterId: z.optional(z.string()),
  kind: z.optional(z.enum(taskKinds)),
  isMine: z.boolean(),
  hasConsoles: z.boolean(),
});

export interface Monitor extends z.infer<typeof filter> {
  readonly text: string;
  readonly view: 'now' | 'history';
  /** Key of the row the keyboard stands on, whose details are shown. */
  readonly selected: string | undefined;
}
export type MonitorShow = Monitor['show'];

const fallback: z.infer<typeof filter> = { show: 'all', isMine: false, hasConsoles: false };

/** What the monitor shows. Kept over a reload, but for the words that were searched. */
export const useMonitor = create<Monitor>()(() => ({
  ...readKept('monitor', filter, fallback),
  text: '',
  view: 'now',
  selected: undefined,
}));

export function setMonitor(part: Partial<Monitor>): void {
  useMonitor.setState(part);
  const { text: _text, selected: _selected, view: _view, ...rest } = useMonitor.getState();
  writeKept('monitor', rest);
}

/** The person behind a user or one of its tokens: `ada@pve` of `ada@pve!backup`. */
const personOf = (user: string) => user.split('!')[0];

export function isMine(task: Task): boolean {
  const user = clusterById(task.clusterId)?.user;
  return user !== undefined && personOf(user) === personOf(task.user);
}

const itemKind = (item: MonitorItem): TaskKind =>
  item.kind === 'task'
    ? kindOfTask(item.task)
    : item.kind === 'queued' || item.transfer.kind === 'remote-migration'
      ? 'migration'
      : 'transfer';

function itemNeedsSomeone(item: MonitorItem): boolean {
  if (item.kind === 'task') return needsSomeone(item.task);
  return item.kind === 'transfer' && item.transfer.state === 'asking';
}

function itemFailed(item: MonitorItem): boolean {
  if (item.kind === 'task') return item.task.state === 'failed' || item.task.state === 'warnings';
  return item.kind === 'transfer' ? hasFailed(item.transfer) : item.queued.state === 'failed';
}

const shows: Record<MonitorShow, (item: MonitorItem) => boolean> = {
  all: () => true,
  running: isRunning,
  attention: itemNeedsSomeone,
  failed: itemFailed,
};

function saidOf(item: MonitorItem): readonly (string | undefined)[] {
  if (item.kind === 'task') {
    const { task } = item;
    const { title, place } = describeTask(task);
    return [title, place, task.user, task.type, task.upid, task.exitText, task.progress?.phase];
  }
  if (item.kind === 'queued') return Object.values(describeQueued(item.queued));
  const { title, place } = describeTransfer(item.transfer);
  return [title, place, item.transfer.state, item.transfer.error?.message, fileOf(item.transfer)];
}

/** A file of the browser has no path that anybody could search for. */
function fileOf({ upload }: Transfer): string | undefined {
  return upload && (readPageFilePath(upload.path)?.name ?? upload.path);
}

/** True where every word of the search is somewhere in what the row or its details say. */
function hasWords(item: MonitorItem, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const low = saidOf(item).join('\n').toLowerCase();
  return words.every((word) => low.includes(word));
}

const wordsOf = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);

const clusterOf = (item: MonitorItem) =>
  item.kind === 'task'
    ? item.task.clusterId
    : item.kind === 'transfer'
      ? item.transfer.clusterId
      : item.queued.clusterId;

const rank = (item: MonitorItem) => (itemNeedsSomeone(item) ? 0 : isRunning(item) ? 1 : 2);

function when(item: MonitorItem): number {
  if (item.kind === 'queued') return item.queued.addedAtMs;
  if (item.kind === 'task') return item.task.endedAtMs ?? item.task.startedAtMs;
  const { endedAtMs, startedAtMs, createdAtMs } = item.transfer;
  return endedAtMs ?? startedAtMs ?? createdAtMs;
}

/** Those someone must act on, then what runs or waits, then what ended, the newest first. */
const inOrder = (a: MonitorItem, b: MonitorItem) => rank(a) - rank(b) || when(b) - when(a) || (a.key < b.key ? -1 : 1);

/** Keys of what is to be shown, in the list's order, and how many there are of each `show` beside the other filters. */
export function monitorRows(items: readonly MonitorItem[], monitor: Omit<Monitor, 'selected' | 'view'>) {
  const words = wordsOf(monitor.text);
  const fits = (item: MonitorItem) =>
    (monitor.hasConsoles || item.kind !== 'task' || !isConsoleTask(item.task)) &&
    (monitor.clusterId === undefined || clusterOf(item) === monitor.clusterId) &&
    (monitor.kind === undefined || itemKind(item) === monitor.kind) &&
    (!monitor.isMine || item.kind !== 'task' || isMine(item.task)) &&
    hasWords(item, words);
  const all = items.filter(fits);
  const counts = { all: all.length, running: 0, attention: 0, failed: 0 };
  for (const item of all) {
    for (const show of ['running', 'attention', 'failed'] as const) if (shows[show](item)) counts[show]++;
  }
  const shown = all.filter(shows[monitor.show]).sort(inOrder);
  return { keys: shown.map(({ key }) => key), counts };
}
