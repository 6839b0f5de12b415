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
  /** Bytes still to do. */
  readonly left: number | undefined;
}

export interface Tasks {
  /** By `taskKey`. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** Bytes a second of running tasks, oldest first. */
  readonly rates: ReadonlyMap<string, readonly RateSample[]>;
  /** `clusterId/vmid` of guests that a running task holds, with the task's key. */
  readonly byGuest: ReadonlyMap<string, string>;
  /** How many run, those that only carry a console left out. */
  readonly running: number;
  /** Grows when a task appears, vanishes, ends, or begins or ceases to need someone. Lists are ordered anew then. */
  readonly shape: number;
}

export const emptyTasks: Tasks = { tasks: new Map(), rates: new Map(), byGuest: new Map(), running: 0, shape: 0 };

export const taskKey = (clusterId: string, upid: string) => `${clusterId} ${upid}`;
export const keyOfTask = (task: Task) => taskKey(task.clusterId, task.upid);
const guestOf = (task: Task) => `${task.clusterId}/${task.vmid}`;

/** Tasks that exist only to carry a console; they would bury the others. */
const consoleTypes: ReadonlySet<string> = new Set(['vncproxy', 'vncshell', 'termproxy', 'spiceproxy', 'spiceshell']);
export const isConsoleTask = (task: Task) => consoleTypes.has(task.type);

/** Tasks that show on a guest's row while they run. */
const rowTypes: ReadonlySet<string> = new Set(['qmigrate', 'vzmigrate', 'vzdump', 'qmrestore', 'vzrestore', 'qmclone']);

export const applyTaskChange = (before: Tasks, change: TaskChange, nowMs = Date.now()): Tasks =>
  applyTaskChanges(before, [change], nowMs);

/** Applies what changed, in order. Equal tasks keep their identity; where nothing changed, all of it does. */
export function applyTaskChanges(before: Tasks, changes: readonly TaskChange[], nowMs = Date.now()): Tasks {
  const next = new Draft(before);
  for (const change of changes) next.apply(change, nowMs);
  return next.finish();
}

/** Maps are copied once, when the first of their entries changes. */
class Draft {
  readonly #before: Tasks;
  #tasks: Map<string, Task> | undefined;
  #rates: Map<string, readonly RateSample[]> | undefined;
  #shape = 0;

  constructor(before: Tasks) {
    this.#before = before;
  }

  apply(change: TaskChange, nowMs: number): void {
    if (change.full) this.#keepOnly(change);
    for (const upid of change.removed) this.forget(taskKey(change.clusterId, upid));
    for (const task of change.tasks) this.#put(task, nowMs);
  }

  forget(key: string): void {
    if (!this.#known.has(key)) return;
    this.#tasks ??= new Map(this.#before.tasks);
    this.#rates ??= new Map(this.#before.rates);
    this.#tasks.delete(key);
    this.#rates.delete(key);
    this.#shape++;
  }

  finish(): Tasks {
    const { tasks: old, rates, byGuest, running, shape } = this.#before;
    if (!this.#tasks) return this.#before;
    const tasks = this.#tasks ?? old;
    const counted = this.#shape > 0 ? count(tasks) : { byGuest, running };
    return { tasks, rates: this.#rates ?? rates, ...counted, shape: shape + this.#shape };
  }

  get #known(): ReadonlyMap<string, Task> {
    return this.#tasks ?? this.#before.tasks;
  }

  #keepOnly({ clusterId, tasks }: TaskChange): void {
    const kept = new Set(tasks.map((task) => taskKey(clusterId, task.upid)));
    for (const [key, task] of [...this.#known]) if (task.clusterId === clusterId && !kept.has(key)) this.forget(key);
  }

  #put(task: Task, nowMs: number): void {
    const key = keyOfTask(task);
    const old = this.#known.get(key);
    if (old && isSame(old, task)) return;
    this.#tasks ??= new Map(this.#before.tasks);
    this.#tasks.set(key, task);
    if (!old || old.state !== task.state || rank(old) !== rank(task)) this.#shape++;
    const rate = task.progress?.bytesPerSecond;
    if (task.state !== 'running' || rate === undefined) return;
    this.#rates ??= new Map(this.#before.rates);
    const { doneBytes, totalBytes, dirtyBytesPerSecond: dirty } = task.progress ?? {};
    const left = doneBytes === undefined || totalBytes === undefined ? undefined : Math.max(0, totalBytes - doneBytes);
    const sample = { atMs: nowMs, rate, dirty, left };
    this.#rates.set(key, [...(this.#rates.get(key) ?? []), sample].slice(-RATE_SAMPLES));
  }
}

function count(tasks: ReadonlyMap<string, Task>): Pick<Tasks, 'byGuest' | 'running'> {
  const byGuest = new Map<string, string>();
  let running = 0;
  for (const [key, task] of tasks) {
    if (task.state !== 'running') continue;
    if (!isConsoleTask(task)) running++;
    if (task.vmid !== undefined && rowTypes.has(task.type)) byGuest.set(guestOf(task), key);
  }
  return { byGuest, running };
}

export function keepTasksOf(before: Tasks, clusterIds: ReadonlySet<string>): Tasks {
  const next = new Draft(before);
  for (const [key, task] of before.tasks) if (!clusterIds.has(task.clusterId)) next.forget(key);
  return next.finish();
}

/** A live migration whose guest writes faster than the link carries: it goes on for ever unless someone acts. */
export function willNotFinish(task: Task): boolean {
  const { progress } = task;
  if (task.state !== 'running' || !progress || progress.etaSeconds) return false;
  const { bytesPerSecond: rate, dirtyBytesPerSecond: dirty } = progress;
  return rate !== undefined && dirty !== undefined && rate > 0 && dirty >= rate;
}

/** What someone should look at while it runs. */
export const needsSomeone = (task: Task) => willNotFinish(task);

const rank = (task: Task) => (willNotFinish(task) ? 0 : task.state === 'running' ? 1 : 2);
const when = (task: Task) => task.endedAtMs ?? task.startedAtMs;

/** Those someone must act on, then what runs, then what ended, the newest first. */
export function orderTasks(tasks: Iterable<Task>): Task[] {
  return [...tasks].sort((a, b) => rank(a) - rank(b) || when(b) - when(a) || (a.upid < b.upid ? -1 : 1));
}

export const useTasks = create<Tasks>()(() => emptyTasks);

export const useTask = (key: string | undefined) =>
  useTasks(({ tasks }) => (key === undefined ? undefined : tasks.get(key)));
