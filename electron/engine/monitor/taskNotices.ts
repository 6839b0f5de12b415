import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { hasProgress } from '../../../shared/codec/task/logParser.ts';
import { taskName } from '../../../shared/codec/task/taskDeed.ts';
import { isReplicationRun } from '../../../shared/codec/task/upid.ts';
import type { Task, TaskNotice } from '../../../shared/model/task.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { TaskService } from '../task/taskService.ts';

/** Says once what a person may want to know of a long task: its end, a standstill, that it will not end by itself. */
export class TaskNotices implements Disposable {
  readonly #inventory: Inventory;
  readonly #noticed = new Emitter<TaskNotice>();
  readonly #store = new DisposableStore();
  /** By task: what its forecast was when it was told last. */
  readonly #told = new Map<string, string>();

  readonly onNotice = this.#noticed.event;

  constructor(tasks: TaskService, inventory: Inventory) {
    this.#inventory = inventory;
    this.#store.add(
      tasks.onChanged(({ tasks: told }) => {
        for (const task of told) this.#look(task);
      }),
    );
    this.#store.add(tasks.onEnded((task) => this.#end(task)));
  }

  dispose(): void {
    this.#store.dispose();
    this.#noticed.dispose();
  }

  #look(task: Task): void {
    const key = `${task.clusterId} ${task.upid}`;
    const forecast = task.progress?.forecast;
    const kind = forecast?.kind;
    if (task.state !== 'running' || !forecast || (kind !== 'stalled' && kind !== 'never')) {
      if (kind === 'finishes' || task.state !== 'running') this.#told.delete(key);
      return;
    }
    if (this.#told.get(key) === kind) return;
    this.#told.set(key, kind);
    const title = kind === 'stalled' ? `${this.#name(task)} stands still` : `${this.#name(task)} will not finish`;
    const advice = forecast.options[0];
    this.#fire(task, kind, title, advice === undefined ? forecast.sentence : `${forecast.sentence} You can ${advice}.`);
  }

  #end(task: Task): void {
    this.#told.delete(`${task.clusterId} ${task.upid}`);
    if (!hasProgress(task.type) || task.state === 'unknown') return;
    if (isReplicationRun(task.upid) && task.state !== 'failed') return; // one each quarter of an hour
    if (task.state === 'failed') this.#fire(task, 'failed', `${this.#name(task)} failed`, task.exitText ?? '');
    else
      this.#fire(task, 'finished', `${this.#name(task)} finished`, task.state === 'warnings' ? 'With warnings.' : '');
  }

  #fire({ clusterId, upid }: Task, kind: TaskNotice['kind'], title: string, body: string): void {
    this.#noticed.fire({ clusterId, upid, kind, title, body });
  }

  #name({ type, clusterId, vmid, subject, node }: Task): string {
    const guest = (kind: string) => this.#inventory.guest(clusterId, `${kind}/${vmid}`)?.name;
    const what = vmid === undefined ? (subject ?? node) : (guest('qemu') ?? guest('lxc') ?? String(vmid));
    return taskName(type, what);
  }
}
