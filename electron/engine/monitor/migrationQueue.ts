import * as z from 'zod/mini';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import {
  type MigratePlan,
  migratePlan,
  type MigrationQueue as QueueState,
  type QueuedMigration,
  queuedMigration,
} from '../../../shared/model/migration.ts';
import type { Task } from '../../../shared/model/task.ts';
import type { DocumentStore, EngineDeps, LogSink } from '../deps.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { SessionService } from '../session/sessionService.ts';
import type { TaskService } from '../task/taskService.ts';
import { startMigration } from './startTasks.ts';

const DOCUMENT = 'migrations';
const USUAL_LIMIT = 1; // two at once share the link, and both take twice as long
const MOST_KEPT = 2_000;

const kept = z.object({
  limit: z.int().check(z.gte(1), z.lte(16)),
  items: z.array(z.object({ item: queuedMigration, plan: migratePlan })),
});

interface Entry {
  item: QueuedMigration;
  readonly plan: MigratePlan;
}

export interface MigrationQueueOptions {
  readonly clock: Clock;
  readonly documents: DocumentStore;
  readonly sessions: SessionService;
  readonly inventory: Inventory;
  readonly tasks: TaskService;
  readonly log: LogSink;
  newId(): string;
}

/**
 * Migrations of several guests, a few of a cluster at once, in the order they were asked for. The queue outlives the
 * engine: one whose start was under way when it ended is `unknown`, and is never sent again.
 */
export class MigrationQueue implements Disposable {
  readonly #options: MigrationQueueOptions;
  readonly #changed = new Emitter<void>();
  readonly #store = new DisposableStore();
  readonly #abort = new AbortController();
  #entries: Entry[] = [];
  #limit = USUAL_LIMIT;
  #ready: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  readonly onChanged = this.#changed.event;

  constructor(options: MigrationQueueOptions) {
    this.#options = options;
    const { tasks, sessions } = options;
    this.#store.add(tasks.onChanged(({ tasks: told }) => this.#learn(told)));
    this.#store.add(sessions.onChanged(() => this.#startNext()));
  }

  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  state(): QueueState {
    return { limit: this.#limit, items: this.#entries.map(({ item }) => item) };
  }

  /** Throws `limit` where too many wait. */
  async add(clusterId: string, guestIds: readonly string[], plan: MigratePlan): Promise<string[]> {
    if (this.#entries.length + guestIds.length > MOST_KEPT) {
      throw new AppError('limit', 'Too many migrations are in the queue. Clear those that are over.');
    }
    const addedAtMs = this.#options.clock.wallMs();
    const added = guestIds.map((guestId): Entry => {
      const id = this.#options.newId();
      return { plan, item: { id, clusterId, guestId, target: plan.target, state: 'waiting', addedAtMs } };
    });
    this.#entries = [...this.#entries, ...added];
    await this.#tell();
    this.#startNext();
    return added.map(({ item }) => item.id);
  }

  async setLimit(limit: number): Promise<void> {
    this.#limit = limit;
    await this.#tell();
    this.#startNext();
  }

  /** Throws `not-found` for one that does not wait. */
  async cancel(id: string): Promise<void> {
    const entry = this.#entries.find(({ item }) => item.id === id);
    if (entry?.item.state !== 'waiting') throw new AppError('not-found', 'This migration does not wait any more.');
    await this.#set(entry, { state: 'cancelled' });
  }

  async clear(): Promise<void> {
    this.#entries = this.#entries.filter(({ item }) => item.state === 'waiting' || item.state === 'running');
    await this.#tell();
  }

  dispose(): void {
    this.#abort.abort();
    this.#store.dispose();
    this.#changed.dispose();
  }

  async #load(): Promise<void> {
    const parsed = z.safeParse(kept, await this.#options.documents.read(DOCUMENT));
    if (!parsed.success) return;
    this.#limit = parsed.data.limit;
    this.#entries = parsed.data.items.map(({ item, plan }) => ({ plan, item: afterRestart(item) }));
    this.#learn(this.#options.tasks.full().flatMap(({ tasks }) => tasks));
    this.#startNext();
  }

  #startNext(): void {
    if (this.#abort.signal.aborted) return;
    const { sessions } = this.#options;
    for (const entry of this.#entries) {
      const { clusterId, state } = entry.item;
      if (state !== 'waiting') continue;
      const running = this.#entries.filter(({ item }) => item.clusterId === clusterId && item.state === 'running');
      const session = sessions.all().find(({ id }) => id === clusterId);
      if (session?.isActive && running.length < this.#limit) void this.#start(entry);
    }
  }

  /** What is under way is written down first: after a crash it is not taken for one that waits. */
  async #start(entry: Entry): Promise<void> {
    const { sessions, inventory, tasks } = this.#options;
    const { clusterId, guestId } = entry.item;
    try {
      await this.#set(entry, { state: 'running' });
      const session = sessions.active(clusterId);
      const guest = await inventory.relocate(clusterId, guestId);
      if (guest.node === entry.plan.target) return await this.#set(entry, { state: 'ok' });
      const upid = await startMigration({ session, guest, signal: this.#abort.signal }, entry.plan);
      await this.#set(entry, { upid });
      tasks.add(clusterId, upid);
    } catch (error) {
      const known = AppError.from(error);
      if (this.#abort.signal.aborted) return;
      const state = known.code === 'outcome-unknown' ? 'unknown' : 'failed';
      await this.#set(entry, { state, error: known.toInfo() }).catch(() => undefined);
      this.#options.log.write('warn', 'migration', known.message, { reason: known.code });
    }
    this.#startNext();
  }

  /** Ends of tasks that are ours. */
  #learn(told: readonly Task[]): void {
    const over = new Map(told.filter(({ state }) => state !== 'running').map((task) => [task.upid, task.state]));
    for (const entry of this.#entries) {
      const { upid, state } = entry.item;
      const end = upid === undefined ? undefined : over.get(upid);
      if (state !== 'running' || end === undefined || end === 'running') continue;
      this.#set(entry, { state: end }).then(
        () => this.#startNext(),
        (error: unknown) => this.#options.log.write('error', 'migration', 'the queue could not be kept', { error }),
      );
    }
  }

  #set(entry: Entry, change: Partial<QueuedMigration>): Promise<void> {
    entry.item = { ...entry.item, ...change };
    return this.#tell();
  }

  #tell(): Promise<void> {
    if (!this.#abort.signal.aborted) this.#changed.fire();
    const document = { limit: this.#limit, items: this.#entries.map(({ item, plan }) => ({ item, plan })) };
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#options.documents.write(DOCUMENT, document));
    return this.#writing;
  }
}

export function openMigrationQueue(
  { clock, documents, log, randomBytes }: EngineDeps,
  parts: Pick<MigrationQueueOptions, 'sessions' | 'inventory' | 'tasks'>,
): MigrationQueue {
  const newId = () => Buffer.from(randomBytes(12)).toString('base64url');
  return new MigrationQueue({ clock, documents, log, newId, ...parts });
}

/** Whether the server was asked is not known where its answer was not written down. */
function afterRestart(item: QueuedMigration): QueuedMigration {
  return item.state === 'running' && item.upid === undefined ? { ...item, state: 'unknown' } : item;
}
