import * as z from 'zod/mini';
import { create } from 'zustand';

import type { Task } from '../../shared/model/task.ts';
import { clusterById } from './clusters.ts';
import { readKept, writeKept } from './keep.ts';
import { describeTask } from './taskWords.ts';
import { isConsoleTask, keyOfTask, needsSomeone, orderTasks } from './tasks.ts';

export const taskKinds = ['migration', 'backup', 'restore', 'disk', 'guest', 'other'] as const;
export type TaskKind = (typeof taskKinds)[number];

const kinds: Record<string, TaskKind> = {
  ...{ qmigrate: 'migration', vzmigrate: 'migration', migrateall: 'migration' },
  ...{ vzdump: 'backup', backup: 'backup', verificationjob: 'backup', verify: 'backup', prune: 'backup' },
  ...{ garbage_collection: 'backup', syncjob: 'backup', prunejob: 'backup' },
  ...{ qmrestore: 'restore', vzrestore: 'restore', reader: 'restore', pbsdownload: 'restore' },
  ...{ qmmove: 'disk', move_volume: 'disk', qmclone: 'disk', vzclone: 'disk', imgcopy: 'disk', download: 'disk' },
  ...{ imgdel: 'disk', resize: 'disk', qmtemplate: 'disk', vztemplate: 'disk', upload: 'disk' },
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
  /** Key of the row the keyboard stands on, whose details are shown. */
  readonly selected: string | undefined;
}
export type MonitorShow = Monitor['show'];

const fallback: z.infer<typeof filter> = { show: 'all', isMine: false, hasConsoles: false };

/** What the monitor shows. Kept over a reload, but for the words that were searched. */
export const useMonitor = create<Monitor>()(() => ({
  ...readKept('monitor', filter, fallback),
  text: '',
  selected: undefined,
}));

export function setMonitor(part: Partial<Monitor>): void {
  useMonitor.setState(part);
  const { text: _text, selected: _selected, ...rest } = useMonitor.getState();
  writeKept('monitor', rest);
}

/** The person behind a user or one of its tokens: `ada@pve` of `ada@pve!backup`. */
const personOf = (user: string) => user.split('!')[0];

export function isMine(task: Task): boolean {
  const user = clusterById(task.clusterId)?.user;
  return user !== undefined && personOf(user) === personOf(task.user);
}

const shows: Record<MonitorShow, (task: Task) => boolean> = {
  all: () => true,
  running: (task) => task.state === 'running',
  attention: needsSomeone,
  failed: (task) => task.state === 'failed' || task.state === 'warnings',
};

/** True where every word of the search is somewhere in what the row or its details say. */
function hasWords(task: Task, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { title, place } = describeTask(task);
  const said = [title, place, task.user, task.type, task.upid, task.exitText, task.progress?.phase].join('\n');
  const low = said.toLowerCase();
  return words.every((word) => low.includes(word));
}

const wordsOf = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Keys of the tasks to show, in the list's order, and how many there are of each kind of `show` beside the rest. */
export function monitorRows(tasks: Iterable<Task>, monitor: Omit<Monitor, 'selected'>) {
  const words = wordsOf(monitor.text);
  const fits = (task: Task) =>
    (monitor.hasConsoles || !isConsoleTask(task)) &&
    (monitor.clusterId === undefined || task.clusterId === monitor.clusterId) &&
    (monitor.kind === undefined || kindOfTask(task) === monitor.kind) &&
    (!monitor.isMine || isMine(task)) &&
    hasWords(task, words);
  const all = [...tasks].filter(fits);
  const counts = { all: all.length, running: 0, attention: 0, failed: 0 };
  for (const task of all) {
    for (const show of ['running', 'attention', 'failed'] as const) if (shows[show](task)) counts[show]++;
  }
  return { keys: orderTasks(all.filter(shows[monitor.show])).map(keyOfTask), counts };
}
