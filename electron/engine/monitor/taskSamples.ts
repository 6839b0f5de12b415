import * as z from 'zod/mini';

import { type Clock, every } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { type Task, type TaskSample, taskSample, type TasksSampled } from '../../../shared/model/task.ts';
import type { DocumentStore, LogSink } from '../deps.ts';
import type { TaskService } from '../task/taskService.ts';

const DOCUMENT = 'samples';
const SAMPLE_MS = 1_000; // as often as a log is read
const KEEP_MS = 3_000; // what a crash may cost of a curve
const KEEP_MANY_MS = 15_000; // the same of many and long ones, which take time to write
const MANY = 4_000; // samples: some 250 KiB
const MOST_SAMPLES = 600; // of a task: more than a graph has points
const MOST_TASKS = 200; // 120,000 samples of some 60 bytes: 8 MB at the very most

const kept = z.record(z.string(), z.array(taskSample));

export interface TaskSamplesOptions {
  readonly clock: Clock;
  readonly documents: DocumentStore;
  readonly tasks: TaskService;
  readonly log: LogSink;
}

/**
 * How far running tasks were, second by second; of long ones the older seconds are thinned out. It is kept, so that a
 * curve goes on behind a restart.
 */
export class TaskSamples implements Disposable {
  readonly #options: TaskSamplesOptions;
  readonly #samples = new Map<string, TaskSample[]>();
  readonly #latest = new Map<string, Task>();
  readonly #sampled = new Emitter<TasksSampled>();
  readonly #store = new DisposableStore();
  #isChanged = false;
  #keptAtMs = 0;
  #ready: Promise<void> | undefined;

  /** Once a second, of all tasks whose progress changed. */
  readonly onSampled = this.#sampled.event;

  constructor(options: TaskSamplesOptions) {
    this.#options = options;
    const { clock, tasks } = options;
    this.#store.add(tasks.onChanged(({ tasks: told }) => this.#take(told)));
    this.#store.add(every(clock, SAMPLE_MS, () => this.#sample()));
    this.#store.add(every(clock, KEEP_MS, () => void this.#keepInTime()));
  }

  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  /** Oldest first. */
  of(clusterId: string, upid: string): readonly TaskSample[] {
    return this.#samples.get(keyOf(clusterId, upid)) ?? [];
  }

  /** Writes down what is not kept yet. */
  async close(): Promise<void> {
    this.#sample();
    this.#store.dispose();
    await this.#keep();
    this.#sampled.dispose();
  }

  dispose(): void {
    this.#store.dispose();
    this.#sampled.dispose();
  }

  async #load(): Promise<void> {
    const parsed = z.safeParse(kept, await this.#options.documents.read(DOCUMENT));
    for (const [key, samples] of Object.entries(parsed.data ?? {})) {
      this.#samples.set(key, thinned([...samples, ...(this.#samples.get(key) ?? [])]));
    }
  }

  #take(told: readonly Task[]): void {
    for (const task of told) if (task.progress) this.#latest.set(keyOf(task.clusterId, task.upid), task);
  }

  #sample(): void {
    const samples = [...this.#latest].flatMap(([key, task]) => {
      const sample = sampleOf(task, this.#options.clock.wallMs());
      const before = this.#samples.get(key) ?? [];
      const last = before.at(-1);
      // A task that was over when it was first seen has no course.
      if (!sample || (last === undefined && task.state !== 'running') || (last && sample.atMs <= last.atMs)) return [];
      this.#samples.delete(key); // behind the others: the oldest in this order goes first
      this.#samples.set(key, thinned([...before, sample]));
      return [{ clusterId: task.clusterId, upid: task.upid, sample }];
    });
    this.#latest.clear();
    if (samples.length === 0) return;
    for (const oldest of [...this.#samples.keys()].slice(0, -MOST_TASKS)) this.#samples.delete(oldest);
    this.#isChanged = true;
    this.#sampled.fire({ samples });
  }

  async #keepInTime(): Promise<void> {
    let count = 0;
    for (const samples of this.#samples.values()) count += samples.length;
    const nowMs = this.#options.clock.nowMs();
    if (count > MANY && nowMs - this.#keptAtMs < KEEP_MANY_MS) return;
    this.#keptAtMs = nowMs;
    await this.#keep();
  }

  async #keep(): Promise<void> {
    if (!this.#isChanged) return;
    this.#isChanged = false;
    try {
      await this.#options.documents.write(DOCUMENT, Object.fromEntries(this.#samples));
    } catch (error) {
      this.#options.log.write('error', 'monitor', 'the course of tasks could not be kept', { error });
    }
  }
}

const keyOf = (clusterId: string, upid: string) => `${clusterId} ${upid}`;

function sampleOf({ progress }: Task, atMs: number): TaskSample | undefined {
  if (!progress) return undefined;
  const { fraction, doneBytes, remainingBytes, bytesPerSecond, dirtyBytesPerSecond } = progress;
  const values = { fraction, doneBytes, remainingBytes, bytesPerSecond, dirtyBytesPerSecond };
  const told = Object.entries(values).filter(([, value]) => value !== undefined);
  return told.length === 0 ? undefined : { atMs, ...Object.fromEntries(told) };
}

/** Every other one of the older half goes, so that the newest stay a second apart. */
function thinned(samples: TaskSample[]): TaskSample[] {
  if (samples.length <= MOST_SAMPLES) return samples;
  const half = samples.length >> 1;
  return samples.filter((_, at) => at >= half || at % 2 === 0);
}
