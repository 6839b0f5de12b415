import { create } from 'zustand';

import type { Task, TaskChange } from '../../shared/model/task.ts';
import { isSame } from './same.ts';

/** How many rates are kept of one task, for its curves: two minutes where the server's log moves once a second. */
const RATE_SAMPLES = 120;

export interface RateSample {
  readonly atMs: number;
  readonly rate: number;
  /** What the guest of a migration writes meanwhile. */
  readonly dirty: number | undefined;
}

export interface Tasks {
  /** By `taskKey`. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** Bytes a second of running tasks, oldest first. */
  readonly rates: ReadonlyMap<string, readonly RateSample[]>;
  /** `clusterId/vmid` of guests that a running task holds, with the task's key. */
  readonly byGuest: ReadonlyMap<string, string>;
}

export const emptyTasks: Tasks = { tasks: new Map(), rates: new Map(), byGuest: new Map() };

export const taskKey = (clusterId: string, upid: string) => `${clusterId} ${upid}`;
const guestOf = (task: Task) => `${task.clusterId}/${task.vmid}`;

/** Tasks that exist only to carry a console; they would bury the others. */
const consoleTypes: ReadonlySet<string> = new Set(['vncproxy', 'vncshell', 'termproxy', 'spiceproxy', 'spiceshell']);
export const isConsoleTask = (task: Task) => consoleTypes.has(task.type);

/** Tasks that show on a guest's row while they run. */
const rowTypes: ReadonlySet<string> = new Set(['qmigrate', 'vzmigrate', 'vzdump', 'qmrestore', 'vzrestore', 'qmclone']);

export function applyTaskChange(before: Tasks, change: TaskChange, nowMs = Date.now()): Tasks {
  const tasks = new Map(before.tasks);
  const rates = new Map(before.rates);
  const forget = (key: string) => {
    tasks.delete(key);
    rates.delete(key);
  };
  if (change.full) {
    const kept = new Set(change.tasks.map((task) => taskKey(change.clusterId, task.upid)));
    for (const [key, task] of before.tasks) if (task.clusterId === change.clusterId && !kept.has(key)) forget(key);
  }
  for (const upid of change.removed) forget(taskKey(change.clusterId, upid));
  for (const task of change.tasks) {
    const key = taskKey(change.clusterId, task.upid);
    const old = tasks.get(key);
    if (old && isSame(old, task)) continue;
    tasks.set(key, task);
    const rate = task.progress?.bytesPerSecond;
    if (task.state === 'running' && rate !== undefined) {
      const sample = { atMs: nowMs, rate, dirty: task.progress?.dirtyBytesPerSecond };
      rates.set(key, [...(rates.get(key) ?? []), sample].slice(-RATE_SAMPLES));
    }
  }
  return { tasks, rates, byGuest: holders(tasks) };
}

function holders(tasks: ReadonlyMap<string, Task>): ReadonlyMap<string, string> {
  const byGuest = new Map<string, string>();
  for (const [key, task] of tasks) {
    if (task.state === 'running' && task.vmid !== undefined && rowTypes.has(task.type)) byGuest.set(guestOf(task), key);
  }
  return byGuest;
}

export function keepTasksOf(before: Tasks, clusterIds: ReadonlySet<string>): Tasks {
  const gone = [...before.tasks].filter(([, task]) => !clusterIds.has(task.clusterId));
  if (gone.length === 0) return before;
  const tasks = new Map(before.tasks);
  const rates = new Map(before.rates);
  for (const [key] of gone) {
    tasks.delete(key);
    rates.delete(key);
  }
  return { tasks, rates, byGuest: holders(tasks) };
}

/** A live migration whose guest writes faster than the link carries: it goes on for ever unless someone acts. */
export function willNotFinish(task: Task): boolean {
  const { progress } = task;
  if (task.state !== 'running' || !progress || progress.etaSeconds) return false;
  const { bytesPerSecond: rate, dirtyBytesPerSecond: dirty } = progress;
  return rate !== undefined && dirty !== undefined && rate > 0 && dirty >= rate;
}

const rank = (task: Task) => (willNotFinish(task) ? 0 : task.state === 'running' ? 1 : 2);
const when = (task: Task) => task.endedAtMs ?? task.startedAtMs;

/** Those someone must act on, then what runs, then what ended, the newest first. */
export function orderTasks(tasks: Iterable<Task>): Task[] {
  return [...tasks].sort((a, b) => rank(a) - rank(b) || when(b) - when(a) || (a.upid < b.upid ? -1 : 1));
}

export const useTasks = create<Tasks>()(() => emptyTasks);

export const useTask = (key: string | undefined) =>
  useTasks(({ tasks }) => (key === undefined ? undefined : tasks.get(key)));
