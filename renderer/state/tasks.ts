import { create } from 'zustand';

import type { Task, TaskChange, TaskSample, TasksSampled } from '../../shared/model/task.ts';
import { isSame } from './same.ts';

/** Samples kept of one task: those the engine gives at once, and ten minutes more as they come. */
const MOST_SAMPLES = 1_200;

export interface Tasks {
  /** By `taskKey`. */
  readonly tasks: ReadonlyMap<string, Task>;
  /** The course of tasks that run, or did while this window looked, oldest first. */
  readonly samples: ReadonlyMap<string, readonly TaskSample[]>;
  /** `clusterId/vmid` of guests that a running task holds, with the task's key. */
  readonly byGuest: ReadonlyMap<string, string>;
  /** How many run, those that only carry a console left out. */
  readonly running: number;
  /** Grows when a task appears, vanishes, ends, or begins or ceases to need someone. Lists are ordered anew then. */
  readonly shape: number;
}

export const emptyTasks: Tasks = { tasks: new Map(), samples: new Map(), byGuest: new Map(), running: 0, shape: 0 };

export const taskKey = (clusterId: string, upid: string) => `${clusterId} ${upid}`;
export const keyOfTask = (task: Task) => taskKey(task.clusterId, task.upid);
const guestOf = (task: Task) => `${task.clusterId}/${task.vmid}`;

/** Tasks that exist only to carry a console; they would bury the others. */
const consoleTypes: ReadonlySet<string> = new Set(['vncproxy', 'vncshell', 'termproxy', 'spiceproxy', 'spiceshell']);
export const isConsoleTask = (task: Task) => consoleTypes.has(task.type);

/** Tasks that show on a guest's row while they run. */
const rowTypes: ReadonlySet<string> = new Set(['qmigrate', 'vzmigrate', 'vzdump', 'qmrestore', 'vzrestore', 'qmclone']);

export const applyTaskChange = (before: Tasks, change: TaskChange): Tasks => applyTaskChanges(before, [change]);

/** Applies what changed, in order. Equal tasks keep their identity; where nothing changed, all of it does. */
export function applyTaskChanges(before: Tasks, changes: readonly TaskChange[]): Tasks {
  const next = new Draft(before);
  for (const change of changes) next.apply(change);
  return next.finish();
}

/** Maps are copied once, when the first of their entries changes. */
class Draft {
  readonly #before: Tasks;
  #tasks: Map<string, Task> | undefined;
  #samples: Map<string, readonly TaskSample[]> | undefined;
  #shape = 0;

  constructor(before: Tasks) {
    this.#before = before;
  }

  apply(change: TaskChange): void {
    if (change.full) this.#keepOnly(change);
    for (const upid of change.removed) this.forget(taskKey(change.clusterId, upid));
    for (const task of change.tasks) this.#put(task);
  }

  forget(key: string): void {
    if (!this.#known.has(key)) return;
    this.#tasks ??= new Map(this.#before.tasks);
    this.#samples ??= new Map(this.#before.samples);
    this.#tasks.delete(key);
    this.#samples.delete(key);
    this.#shape++;
  }

  finish(): Tasks {
    const { samples, byGuest, running, shape } = this.#before;
    const tasks = this.#tasks;
    if (!tasks) return this.#before;
    const counted = this.#shape > 0 ? count(tasks) : { byGuest, running };
    return { tasks, samples: this.#samples ?? samples, ...counted, shape: shape + this.#shape };
  }

  get #known(): ReadonlyMap<string, Task> {
    return this.#tasks ?? this.#before.tasks;
  }

  #keepOnly({ clusterId, tasks }: TaskChange): void {
    const kept = new Set(tasks.map((task) => taskKey(clusterId, task.upid)));
    for (const [key, task] of [...this.#known]) if (task.clusterId === clusterId && !kept.has(key)) this.forget(key);
  }

  #put(task: Task): void {
    const key = keyOfTask(task);
    const old = this.#known.get(key);
    if (old && isSame(old, task)) return;
    this.#tasks ??= new Map(this.#before.tasks);
    this.#tasks.set(key, task);
    if (!old || old.state !== task.state || rank(old) !== rank(task)) this.#shape++;
  }
}

/** Adds what came, in the order of its time. A sample that is there already is not added twice. */
export function addSamples(before: Tasks, key: string, fresh: readonly TaskSample[]): Tasks {
  if (!before.tasks.has(key) || fresh.length === 0) return before;
  const merged = mergeSamples(before.samples.get(key) ?? [], fresh);
  return { ...before, samples: new Map(before.samples).set(key, merged) };
}

/** The newest samples of many tasks at once. */
export function applySampled(before: Tasks, { samples: fresh }: TasksSampled): Tasks {
  const samples = new Map(before.samples);
  for (const { clusterId, upid, sample } of fresh) {
    const key = taskKey(clusterId, upid);
    if (before.tasks.has(key)) samples.set(key, mergeSamples(samples.get(key) ?? [], [sample]));
  }
  return { ...before, samples };
}

function mergeSamples(old: readonly TaskSample[], fresh: readonly TaskSample[]): readonly TaskSample[] {
  const last = old.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  if (fresh.every(({ atMs }) => atMs > last)) return [...old, ...fresh].slice(-MOST_SAMPLES);
  const byTime = new Map([...old, ...fresh].map((sample) => [sample.atMs, sample]));
  return [...byTime.values()].sort((a, b) => a.atMs - b.atMs).slice(-MOST_SAMPLES);
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
export function willNotFinish({ state, progress }: Task): boolean {
  if (state !== 'running' || !progress) return false;
  if (progress.forecast) return progress.forecast.kind === 'never';
  const { bytesPerSecond: rate, dirtyBytesPerSecond: dirty, etaSeconds } = progress;
  return !etaSeconds && rate !== undefined && dirty !== undefined && rate > 0 && dirty >= rate;
}

/** Nothing has moved for longer than it should. */
export const isStalled = ({ state, progress }: Task): boolean =>
  state === 'running' && (progress?.stalledSinceMs !== undefined || progress?.forecast?.kind === 'stalled');

/** What someone should look at while it runs. */
export const needsSomeone = (task: Task) => willNotFinish(task) || isStalled(task);

const rank = (task: Task) => (needsSomeone(task) ? 0 : task.state === 'running' ? 1 : 2);
const when = (task: Task) => task.endedAtMs ?? task.startedAtMs;

/** Those someone must act on, then what runs, then what ended, the newest first. */
export function orderTasks(tasks: Iterable<Task>): Task[] {
  return [...tasks].sort((a, b) => rank(a) - rank(b) || when(b) - when(a) || (a.upid < b.upid ? -1 : 1));
}

export const useTasks = create<Tasks>()(() => emptyTasks);

export const useTask = (key: string | undefined) =>
  useTasks(({ tasks }) => (key === undefined ? undefined : tasks.get(key)));
