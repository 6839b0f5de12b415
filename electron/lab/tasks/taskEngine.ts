import type { Clock } from '../../../shared/base/clock.ts';
import { ApiError } from '../http/apiError.ts';
import type { LabQuirks } from '../quirks.ts';
import { LabTask, type TaskBody } from './task.ts';

const KEPT_PER_NODE = 200; // ended tasks; older ones are forgotten with their logs
const RECENT_PER_NODE = 25; // what /cluster/tasks shows of the ended ones

export interface TaskStart {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
}

/** All tasks of the cluster, newest first. */
export class TaskEngine {
  readonly #clock: Clock;
  readonly #quirks: LabQuirks;
  readonly #tasks = new Map<string, LabTask>();
  #pid = 20_000;
  #isDisposed = false;

  constructor(clock: Clock, quirks: LabQuirks) {
    this.#clock = clock;
    this.#quirks = quirks;
  }

  #create(start: TaskStart, startedAtMs: number): LabTask {
    this.#pid += 1 + (this.#pid % 7);
    const startS = Math.floor(startedAtMs / 1000);
    const task = new LabTask({ ...start, pid: this.#pid, pstart: this.#pid * 37, startS }, this.#clock, this.#quirks);
    this.#tasks.set(task.upid, task);
    this.#forgetOld(start.node);
    return task;
  }

  /** Starts a worker; the API answers with its UPID at once. */
  start(start: TaskStart, body: TaskBody): LabTask {
    if (this.#isDisposed) throw new ApiError(500, 'the lab is closing');
    const task = this.#create(start, this.#clock.wallMs());
    void task.run(body);
    return task;
  }

  /** A task of the past. */
  addEnded(start: TaskStart, agoS: number, tookS: number, lines: readonly string[], exitStatus: string): LabTask {
    const startedAtMs = this.#clock.wallMs() - agoS * 1000;
    const task = this.#create(start, startedAtMs);
    task.fill(lines, exitStatus, startedAtMs + tookS * 1000);
    return task;
  }

  find(node: string, upid: string): LabTask {
    const task = this.#tasks.get(upid);
    if (task !== undefined && task.key.node === node) return task;
    if (!/^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:]+:[^:]*:[^:]+:$/i.test(upid)) {
      throw new ApiError(500, `unable to parse worker upid '${upid}'`);
    }
    throw ApiError.parameters({ upid: 'no such task' });
  }

  of(node: string): LabTask[] {
    return [...this.#tasks.values()]
      .filter((task) => task.key.node === node)
      .sort((a, b) => b.key.startS - a.key.startS);
  }

  get all(): readonly LabTask[] {
    return [...this.#tasks.values()];
  }

  /** Running ones and the most recent of the ended ones. */
  recentOf(node: string): LabTask[] {
    let ended = 0;
    return this.of(node).filter((task) => task.isRunning || ended++ < RECENT_PER_NODE);
  }

  #forgetOld(node: string): void {
    const ended = this.of(node).filter((task) => !task.isRunning);
    for (const task of ended.slice(KEPT_PER_NODE)) this.#tasks.delete(task.upid);
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const task of this.#tasks.values()) task.dispose();
  }
}
