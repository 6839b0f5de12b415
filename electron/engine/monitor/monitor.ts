import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { EngineDeps } from '../deps.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SessionService } from '../session/sessionService.ts';
import type { TaskService } from '../task/taskService.ts';
import { TaskHistory } from './taskHistory.ts';
import { TaskNotices } from './taskNotices.ts';
import { TaskSamples } from './taskSamples.ts';

export interface MonitorParts {
  readonly sessions: SessionService;
  readonly inventory: Inventory;
  readonly tasks: TaskService;
}

/** What is remembered of tasks, and what is told of them: their course, their end, and what needs a person. */
export class Monitor implements Disposable {
  readonly samples: TaskSamples;
  readonly history: TaskHistory;
  readonly notices: TaskNotices;

  constructor({ clock, documents, log }: EngineDeps, parts: MonitorParts) {
    this.samples = new TaskSamples({ clock, documents, log, ...parts });
    this.history = new TaskHistory({ clock, documents, log, ...parts });
    this.notices = new TaskNotices(parts.tasks, parts.inventory);
  }

  async ready(): Promise<void> {
    await Promise.all([this.samples.ready(), this.history.ready()]);
  }

  /** Writes down what is not kept yet. */
  async close(): Promise<void> {
    this.notices.dispose();
    await Promise.all([this.samples.close(), this.history.close()]);
  }

  dispose(): void {
    this.notices.dispose();
    this.samples.dispose();
    this.history.dispose();
  }
}
