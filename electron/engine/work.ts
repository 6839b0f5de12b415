import { Emitter } from '../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import { type Settings, usualUpdates } from '../../shared/model/settings.ts';
import type { Task } from '../../shared/model/task.ts';
import type { EngineWork } from '../../shared/wire/hostMessages.ts';
import type { EngineParts } from './engineParts.ts';

const busy: ReadonlySet<string> = new Set(['preparing', 'running', 'verifying']);
const migrationTypes: ReadonlySet<string> = new Set(['qmigrate', 'vzmigrate']);

type Parts = Pick<EngineParts, 'transfers' | 'migrations' | 'tasks' | 'sessions' | 'settings'>;

/** What the machine should know of our work: how much of it would suffer if it slept or the program ended. */
export class WorkWatch implements Disposable {
  readonly #parts: Parts;
  readonly #store = new DisposableStore();
  readonly #changed = new Emitter<EngineWork>();
  /** Migrations that this person started, wherever from, by cluster. */
  readonly #own = new Map<string, Set<string>>();
  #told = '';

  readonly onChanged = this.#changed.event;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { transfers, migrations, tasks, sessions, settings } = parts;
    this.#store.add(
      tasks.onChanged(({ clusterId, full, tasks: told, removed }) => {
        const own = full ? new Set<string>() : (this.#own.get(clusterId) ?? new Set<string>());
        for (const upid of removed) own.delete(upid);
        for (const task of told) this.#learn(own, task);
        this.#own.set(clusterId, own);
        this.#look();
      }),
    );
    this.#store.add(sessions.onRemoved(({ id }) => this.#own.delete(id)));
    this.#store.add(transfers.queue.onChanged(() => this.#look()));
    this.#store.add(migrations.onChanged(() => this.#look()));
    this.#store.add(settings.onChanged(() => this.#look()));
  }

  get now(): EngineWork {
    const { transfers, migrations, settings } = this.#parts;
    const moving = transfers.queue.all().filter(({ state }) => busy.has(state)).length;
    const queued = migrations
      .state()
      .items.filter(({ state, upid }) => state === 'running' && !this.#isOwn(upid)).length;
    let watched = 0;
    for (const own of this.#own.values()) watched += own.size;
    return { running: moving + queued + watched, ...wishesOf(settings.settings) };
  }

  dispose(): void {
    this.#store.dispose();
    this.#changed.dispose();
  }

  #isOwn(upid: string | undefined): boolean {
    return upid !== undefined && [...this.#own.values()].some((own) => own.has(upid));
  }

  #learn(own: Set<string>, { upid, type, state, user, clusterId }: Task): void {
    const isOurs =
      user ===
      this.#parts.sessions
        .all()
        .find(({ id }) => id === clusterId)
        ?.describe().user;
    if (state === 'running' && migrationTypes.has(type) && isOurs) own.add(upid);
    else own.delete(upid);
  }

  #look(): void {
    const now = this.now;
    const text = JSON.stringify(now);
    if (text === this.#told) return;
    this.#told = text;
    this.#changed.fire(now);
  }
}

function wishesOf({ updates = usualUpdates, keepsAwake = true }: Settings): Omit<EngineWork, 'running'> {
  return { updates, keepsAwake };
}
