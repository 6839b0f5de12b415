import * as z from 'zod/mini';

import type { Clock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import type { Task, TaskChange } from '../../../shared/model/task.ts';
import { taskPath } from '../api/taskPath.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { SessionService } from '../session/sessionService.ts';
import { ClusterTasks, type GuestMemory } from './clusterTasks.ts';

/** Tasks of all clusters. */
export class TaskService implements Disposable {
  readonly #sessions: SessionService;
  readonly #clock: Clock;
  readonly #memoryOf: GuestMemory;
  readonly #clusters = new Map<string, ClusterTasks>();
  readonly #changed = new Emitter<TaskChange>();
  readonly #ended = new Emitter<Task>();
  readonly #store = new DisposableStore();
  #isWatched = false;

  readonly onChanged = this.#changed.event;
  readonly onEnded = this.#ended.event;

  constructor(sessions: SessionService, clock: Clock, memoryOf: GuestMemory) {
    this.#memoryOf = memoryOf;
    this.#sessions = sessions;
    this.#clock = clock;
    for (const session of sessions.all()) this.#add(session);
    this.#store.add(sessions.onAdded((session) => this.#add(session)));
    this.#store.add(sessions.onRemoved((session) => this.#remove(session)));
  }

  full(): TaskChange[] {
    return [...this.#clusters.values()].map((tasks) => tasks.full());
  }

  setWatched(isWatched: boolean): void {
    this.#isWatched = isWatched;
    for (const tasks of this.#clusters.values()) tasks.setWatched(isWatched);
  }

  /** Asleep nothing is asked; then everything anew. */
  setAsleep(isAsleep: boolean): void {
    for (const tasks of this.#clusters.values()) tasks.setAsleep(isAsleep);
  }

  /** Something was done to the cluster: look soon. */
  nudge(clusterId: string): void {
    this.#clusters.get(clusterId)?.nudge();
  }

  /** A task we started. */
  add(clusterId: string, upid: string): void {
    this.#clusters.get(clusterId)?.add(upid);
  }

  /** Asks the server to stop it. Takes up to 5 s; a task that is over already is no error (PVE wire facts 6.2). */
  async stop(clusterId: string, upid: string, signal?: AbortSignal): Promise<void> {
    const session = this.#sessions.active(clusterId);
    await session.api.delete(taskPath(session.product, upid, ''), z.unknown(), { signal });
    this.#clusters.get(clusterId)?.nudge();
  }

  dispose(): void {
    this.#store.dispose();
    for (const tasks of this.#clusters.values()) tasks.dispose();
    this.#clusters.clear();
    this.#changed.dispose();
    this.#ended.dispose();
  }

  #add(session: ClusterSession): void {
    const tasks = new ClusterTasks(session, this.#clock, this.#memoryOf);
    this.#clusters.set(session.id, tasks);
    tasks.onChanged((change) => this.#changed.fire(change));
    tasks.onEnded((task) => this.#ended.fire(task));
    tasks.setWatched(this.#isWatched);
  }

  #remove(session: ClusterSession): void {
    const tasks = this.#clusters.get(session.id);
    this.#clusters.delete(session.id);
    tasks?.dispose();
    this.#changed.fire({ clusterId: session.id, full: true, tasks: [], removed: [] });
  }
}
