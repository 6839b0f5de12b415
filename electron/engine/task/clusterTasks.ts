import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { endState } from '../../../shared/codec/task/ending.ts';
import { hasProgress } from '../../../shared/codec/task/logParser.ts';
import { isReplicationRun, parseUpid } from '../../../shared/codec/task/upid.ts';
import type { Task, TaskChange, TaskProgress, TaskState } from '../../../shared/model/task.ts';
import { askTaskEnd } from '../api/taskEnd.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { startedTask } from './readTasks.ts';
import { Replications } from './replications.ts';
import { listTasks } from './taskLists.ts';
import { TaskProgressWatch } from './taskProgressWatch.ts';

const BUSY_MS = 2_000; // while something runs
const CALM_MS = 5_000; // as the server's own web interface
const UNWATCHED_MS = 30_000;
const FOLLOWED = 12; // logs read at once; more run only in mass migrations, whose list shows the rest without numbers
const KEPT = 500; // the server's list holds some 25 a node

/** How much memory a guest has, in bytes, where that is known. */
export type GuestMemory = (clusterId: string, vmid: number) => number | undefined;

/** The tasks of one cluster: what runs, how far it is, how it ended. */
export class ClusterTasks implements Disposable {
  readonly #session: ClusterSession;
  readonly #clock: Clock;
  readonly #memoryOf: GuestMemory;
  readonly #replications: Replications;
  readonly #changed = new Emitter<TaskChange>();
  readonly #ended = new Emitter<Task>();
  readonly #store = new DisposableStore();
  readonly #abort = new AbortController();
  readonly #tasks = new Map<string, Task>();
  readonly #watches = new Map<string, TaskProgressWatch>();
  /** Of tasks that are over, while the end of their log is read. */
  readonly #finishing = new Set<TaskProgressWatch>();
  #timer: Disposable | undefined;
  #isPolling = false;
  #again = false;
  #isWatched = false;
  #isAsleep = false;

  readonly onChanged = this.#changed.event;
  /** A task that was seen running is over. */
  readonly onEnded = this.#ended.event;

  constructor(session: ClusterSession, clock: Clock, memoryOf: GuestMemory) {
    this.#memoryOf = memoryOf;
    this.#replications = new Replications(session, clock);
    this.#session = session;
    this.#clock = clock;
    let wasActive = false;
    const follow = () => {
      if (session.isActive && !wasActive) this.nudge();
      wasActive = session.isActive;
    };
    this.#store.add(session.onChanged(follow));
    follow();
  }

  full(): TaskChange {
    return { clusterId: this.#session.id, full: true, tasks: [...this.#tasks.values()], removed: [] };
  }

  setWatched(isWatched: boolean): void {
    if (this.#isWatched === isWatched) return;
    this.#isWatched = isWatched;
    if (isWatched) this.nudge();
    this.#followRunning();
  }

  /** A task we started ourselves: listed at once, the server's list lags. */
  add(upid: string): void {
    const parsed = parseUpid(upid);
    if (!parsed || this.#tasks.has(upid)) return;
    this.#put(startedTask(this.#session.id, upid, parsed));
    this.nudge();
  }

  setAsleep(isAsleep: boolean): void {
    this.#isAsleep = isAsleep;
    this.#timer?.dispose();
    if (!isAsleep) this.nudge();
  }

  nudge(): void {
    this.#timer?.dispose();
    if (this.#isPolling) this.#again = true;
    else void this.#pollAll();
  }

  dispose(): void {
    this.#store.dispose();
    this.#abort.abort();
    this.#timer?.dispose();
    for (const watch of [...this.#watches.values(), ...this.#finishing]) watch.dispose();
    this.#watches.clear();
    this.#finishing.clear();
    this.#changed.dispose();
    this.#ended.dispose();
  }

  async #pollAll(): Promise<void> {
    this.#isPolling = true;
    do {
      this.#again = false;
      await this.#poll();
    } while (this.#again && !this.#store.disposed);
    this.#isPolling = false;
    if (!this.#store.disposed && !this.#isAsleep) this.#timer = this.#clock.timer(this.#pace(), () => this.nudge());
  }

  #pace(): number {
    if (!this.#isWatched) return UNWATCHED_MS;
    return this.#running().length > 0 ? BUSY_MS : CALM_MS;
  }

  /** What goes wrong here is the inventory's to tell; it asks the same server more often. */
  async #poll(): Promise<void> {
    if (!this.#session.isActive || this.#isAsleep) return;
    try {
      const { signal } = this.#abort;
      const lists = [listTasks(this.#session, { signal }), this.#replications.list(signal)];
      const listed = (await Promise.all(lists)).flat();
      this.#take(listed);
      await this.#checkMissing(new Set(listed.map(({ upid }) => upid)));
    } catch (error) {
      if (AppError.from(error).code === 'session-expired') this.#session.logout(AppError.from(error));
    }
  }

  #take(listed: readonly Task[]): void {
    const changed: Task[] = [];
    for (const task of listed) {
      const known = this.#tasks.get(task.upid);
      if (known && known.state !== 'running') continue;
      if (known && task.state === 'running') continue;
      this.#keep(task, known);
      changed.push(this.#tasks.get(task.upid) ?? task);
    }
    const removed = this.#trim(new Set(listed.map((task) => task.upid)));
    if (changed.length + removed.length > 0) {
      this.#changed.fire({ clusterId: this.#session.id, full: false, tasks: changed, removed });
    }
    this.#followRunning();
  }

  /** The server forgets old tasks; we forget those it forgot, oldest first, above our bound. */
  #trim(listed: ReadonlySet<string>): string[] {
    const removed: string[] = [];
    const byAge = [...this.#tasks.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
    for (const task of byAge) {
      if (task.state === 'running' || listed.has(task.upid)) continue;
      // Of a replication only the newest run has a log, and its older ones are as many as quarters of an hour.
      if (this.#tasks.size <= KEPT && !isReplicationRun(task.upid)) continue;
      this.#tasks.delete(task.upid);
      removed.push(task.upid);
    }
    return removed;
  }

  /** A task that runs by what we know but is not listed: its end was missed. */
  async #checkMissing(listed: ReadonlySet<string>): Promise<void> {
    const missing = this.#running().filter((task) => !listed.has(task.upid));
    await Promise.all(missing.map((task) => this.#checkEnd(task.upid)));
  }

  async #checkEnd(upid: string): Promise<void> {
    const task = this.#tasks.get(upid);
    if (task?.state !== 'running') return;
    try {
      const options = { isBackground: true, signal: this.#abort.signal };
      const exit = await askTaskEnd(this.#session.api, { product: this.#session.product, upid }, options);
      if (exit === undefined) return;
      const state = endState(exit);
      const exitText = state !== 'ok' && exit !== '' ? { exitText: exit } : {};
      this.#put({ ...task, state, endedAtMs: this.#clock.wallMs(), ...exitText });
    } catch (error) {
      // A task that nobody knows any more has ended somehow.
      if (AppError.from(error).code === 'invalid') this.#put({ ...task, state: 'unknown' });
    }
  }

  #put(task: Task): void {
    this.#keep(task, this.#tasks.get(task.upid));
    const tasks = [this.#tasks.get(task.upid) ?? task];
    this.#changed.fire({ clusterId: this.#session.id, full: false, tasks, removed: [] });
    this.#followRunning();
  }

  /** Keeps how far it was; one that ended well was all through. */
  #keep(task: Task, known: Task | undefined): void {
    const progress = task.progress ?? known?.progress;
    const kept = progress && task.state !== 'running' ? endedProgress(task.state, progress) : progress;
    const merged = kept ? { ...task, progress: kept } : task;
    this.#tasks.set(task.upid, merged);
    const hasEnded = known ? known.state === 'running' : this.#followsOlderRun(task);
    if (hasEnded && task.state !== 'running') this.#ended.fire(merged);
  }

  /** A run of a replication may be over between two looks: that it is new shows in the one before it. */
  #followsOlderRun({ upid }: Task): boolean {
    if (!isReplicationRun(upid)) return false;
    const job = parseUpid(upid)?.id;
    return [...this.#tasks.keys()].some((one) => isReplicationRun(one) && one !== upid && parseUpid(one)?.id === job);
  }

  #running(): Task[] {
    return [...this.#tasks.values()].filter((task) => task.state === 'running');
  }

  /** Logs are read while they grow and somebody looks. */
  #followRunning(): void {
    const wanted = this.#isWatched
      ? this.#running()
          .filter((task) => hasProgress(task.type))
          .slice(0, FOLLOWED)
      : [];
    const upids = new Set(wanted.map((task) => task.upid));
    for (const [upid, watch] of this.#watches) {
      if (upids.has(upid)) continue;
      this.#watches.delete(upid);
      if (this.#tasks.get(upid)?.state === 'running') watch.dispose();
      else this.#finish(watch);
    }
    for (const task of wanted) if (!this.#watches.has(task.upid)) this.#follow(task);
  }

  #finish(watch: TaskProgressWatch): void {
    this.#finishing.add(watch);
    void watch.finish().then(() => this.#finishing.delete(watch));
  }

  #follow(task: Task): void {
    const { id } = this.#session;
    const memoryBytes = () => (task.vmid === undefined ? undefined : this.#memoryOf(id, task.vmid));
    const watched = { ...task, memoryBytes };
    const watch = new TaskProgressWatch(this.#session, this.#clock, watched, {
      onProgress: (progress) => this.#handleProgress(task.upid, progress),
      onLastLine: () => void this.#checkEnd(task.upid),
    });
    this.#watches.set(task.upid, watch);
  }

  #handleProgress(upid: string, progress: TaskProgress): void {
    const task = this.#tasks.get(upid);
    if (task) this.#put({ ...task, progress });
  }
}

/** Nothing is expected any more of what is over. */
function endedProgress(state: TaskState, progress: TaskProgress): TaskProgress {
  const { etaSeconds: _eta, stalledSinceMs: _since, forecast, fraction, ...rest } = progress;
  const isThrough = state === 'ok' || state === 'warnings';
  return {
    ...rest,
    ...(fraction !== undefined && { fraction: isThrough ? 1 : fraction }),
    ...(forecast?.kind === 'finishes' && { forecast }),
  };
}
