import { Emitter } from '../../../shared/base/event.ts';
import type { Task } from '../../../shared/model/task.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';

/** Keeps what an engine tells of tasks, for whoever asks later. */
export class TaskBook {
  readonly #tasks = new Map<string, Task>();
  readonly #told = new Emitter<readonly Task[]>();
  readonly #clusters = new Set<string>();
  /** Those that changed. */
  readonly onTold = this.#told.event;

  constructor(page: PagePeer) {
    page.on('tasks.changed', ({ clusterId, full, tasks, removed }) => {
      if (full) for (const [upid, task] of this.#tasks) if (task.clusterId === clusterId) this.#tasks.delete(upid);
      for (const upid of removed) this.#tasks.delete(upid);
      for (const task of tasks) this.#tasks.set(task.upid, task);
      if (tasks.length > 0) this.#clusters.add(clusterId);
      this.#told.fire(tasks);
    });
  }

  /** The server has listed its tasks; one without any never does. */
  isKnown(clusterId: string): boolean {
    return this.#clusters.has(clusterId);
  }

  get(upid: string): Task | undefined {
    return this.#tasks.get(upid);
  }

  /** Those that run first, then the newest. */
  list(): Task[] {
    const rank = ({ state }: Task) => (state === 'running' ? 0 : 1);
    return [...this.#tasks.values()].sort((a, b) => rank(a) - rank(b) || b.startedAtMs - a.startedAtMs);
  }
}
