import * as z from 'zod/mini';

import { isReplicationRun } from '../../../shared/codec/task/upid.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import {
  type HistoryEntry,
  historyEntry,
  type HistoryFilter,
  type HistoryPage,
} from '../../../shared/model/history.ts';
import type { Task } from '../../../shared/model/task.ts';
import type { DocumentStore, LogSink } from '../deps.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SessionService } from '../session/sessionService.ts';
import type { TaskService } from '../task/taskService.ts';

const DOCUMENT = 'history';
const MOST_ENTRIES = 5_000; // some 300 bytes each: 1.5 MB
const KEEP_AFTER_MS = 2_000; // many tasks end together
/** They only carry a console, which is no job to remember. */
const consoles = new Set(['vncproxy', 'vncshell', 'termproxy', 'spiceproxy', 'spiceshell']);

export interface TaskHistoryOptions {
  readonly clock: Clock;
  readonly documents: DocumentStore;
  readonly sessions: SessionService;
  readonly inventory: Inventory;
  readonly tasks: TaskService;
  readonly log: LogSink;
}

/** Tasks that are over, the newest first, also such as their servers have forgotten. The oldest go first. */
export class TaskHistory implements Disposable {
  readonly #options: TaskHistoryOptions;
  readonly #entries = new Map<string, HistoryEntry>();
  readonly #store = new DisposableStore();
  /** Cleared by the person: what a server still lists of them does not come back. */
  #clearedAtMs = 0;
  #keeping: Disposable | undefined;
  #ready: Promise<void> | undefined;

  constructor(options: TaskHistoryOptions) {
    this.#options = options;
    this.#store.add(options.tasks.onChanged(({ tasks }) => this.#take(tasks)));
  }

  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  list({ filter, after, limit }: { filter: HistoryFilter; after?: string | undefined; limit: number }): HistoryPage {
    const fitting = this.filtered(filter);
    const start = after === undefined ? 0 : fitting.findIndex((entry) => keyOf(entry) === after) + 1;
    const entries = fitting.slice(start, start + limit);
    const last = entries.at(-1);
    const hasMore = start + limit < fitting.length;
    return { entries, total: fitting.length, ...(hasMore && last && { next: keyOf(last) }) };
  }

  filtered(filter: HistoryFilter): HistoryEntry[] {
    const words = (filter.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    return [...this.#entries.values()]
      .filter((entry) => fits(entry, filter) && words.every((word) => textOf(entry).includes(word)))
      .sort((a, b) => b.startedAtMs - a.startedAtMs);
  }

  async clear(): Promise<void> {
    this.#entries.clear();
    this.#clearedAtMs = this.#options.clock.wallMs();
    await this.#keep();
  }

  async close(): Promise<void> {
    this.#store.dispose();
    if (this.#keeping) await this.#keep();
  }

  dispose(): void {
    this.#store.dispose();
    this.#keeping?.dispose();
  }

  async #load(): Promise<void> {
    const stored = await this.#options.documents.read(DOCUMENT);
    const parsed = z.safeParse(z.object({ clearedAtMs: z.number(), entries: z.array(historyEntry) }), stored);
    if (!parsed.success) return;
    this.#clearedAtMs = parsed.data.clearedAtMs;
    for (const entry of parsed.data.entries)
      if (!this.#entries.has(keyOf(entry))) this.#entries.set(keyOf(entry), entry);
  }

  #take(tasks: readonly Task[]): void {
    const over = tasks.filter((task) => this.#isNew(task));
    if (over.length === 0) return;
    for (const task of over) this.#entries.set(keyOf(task), this.#describe(task));
    if (this.#entries.size > MOST_ENTRIES) {
      const oldest = [...this.#entries.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
      for (const entry of oldest.slice(0, this.#entries.size - MOST_ENTRIES)) this.#entries.delete(keyOf(entry));
    }
    this.#keeping ??= this.#options.clock.timer(KEEP_AFTER_MS, () => void this.#keep());
  }

  /** Over, a job, and either not known yet or now known to have ended otherwise. */
  #isNew(task: Task): boolean {
    if (task.state === 'running' || consoles.has(task.type)) return false;
    if (isReplicationRun(task.upid) && task.state === 'ok') return false; // they would fill it in a day
    if ((task.endedAtMs ?? task.startedAtMs) <= this.#clearedAtMs) return false;
    const known = this.#entries.get(keyOf(task));
    return known?.state !== task.state || known.endedAtMs !== task.endedAtMs;
  }

  #describe(task: Task): HistoryEntry {
    const {
      clusterId,
      upid,
      node,
      remote,
      type,
      user,
      state,
      startedAtMs,
      vmid,
      subject,
      endedAtMs,
      exitText,
      progress,
    } = task;
    const cluster = this.#options.sessions.describe().find(({ id }) => id === clusterId);
    const guestName = vmid === undefined ? undefined : this.#guestName(clusterId, vmid);
    const optional = { remote, vmid, subject, endedAtMs, exitText, guestName, doneBytes: progress?.doneBytes };
    const told = Object.entries(optional).filter(([, value]) => value !== undefined);
    const base = { clusterId, clusterName: cluster?.name ?? clusterId, upid, node, type, user, state, startedAtMs };
    return { ...base, ...Object.fromEntries(told) };
  }

  #guestName(clusterId: string, vmid: number): string | undefined {
    const { inventory } = this.#options;
    return (inventory.guest(clusterId, `qemu/${vmid}`) ?? inventory.guest(clusterId, `lxc/${vmid}`))?.name;
  }

  async #keep(): Promise<void> {
    this.#keeping?.dispose();
    this.#keeping = undefined;
    try {
      const entries = [...this.#entries.values()];
      await this.#options.documents.write(DOCUMENT, { clearedAtMs: this.#clearedAtMs, entries });
    } catch (error) {
      this.#options.log.write('error', 'monitor', 'the history could not be kept', { error });
    }
  }
}

const keyOf = ({ clusterId, upid }: { clusterId: string; upid: string }) => `${clusterId} ${upid}`.slice(0, 200);

function textOf(entry: HistoryEntry): string {
  const { type, guestName, vmid, subject, node, remote, user, clusterName, exitText } = entry;
  return [type, guestName, vmid, subject, node, remote, user, clusterName, exitText].join(' ').toLowerCase();
}

function fits(entry: HistoryEntry, { clusterId, states, types, fromMs, toMs }: HistoryFilter): boolean {
  if (clusterId !== undefined && entry.clusterId !== clusterId) return false;
  if (states && !states.includes(entry.state)) return false;
  if (types && !types.includes(entry.type)) return false;
  return (fromMs === undefined || entry.startedAtMs >= fromMs) && (toMs === undefined || entry.startedAtMs <= toMs);
}
