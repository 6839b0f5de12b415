import { AppError } from '../../shared/base/errors.ts';
import { type Disposable, type DisposableStore, toDisposable } from '../../shared/base/lifecycle.ts';
import { usualReaderHeartbeatS } from '../../shared/model/settings.ts';
import type { Event } from '../../shared/base/event.ts';
import type { EngineWork } from '../../shared/wire/hostMessages.ts';
import type { Link } from '../../shared/wire/link.ts';
import { ChangeLog } from './changeLog.ts';
import { type ConsoleWish, ConsoleWishes, type WantedConsole } from './consoleWishes.ts';
import type { EngineDeps } from './deps.ts';
import { Inventory } from './inventory/inventory.ts';
import { RedactingLog } from './log/redact.ts';
import type { EngineParts } from './engineParts.ts';
import { PageAttachment } from './pageAttachment.ts';
import { Endpoints } from './console/endpoints.ts';
import { AddressOpener } from './launch/addressOpener.ts';
import { Launches } from './launch/launches.ts';
import { Monitor } from './monitor/monitor.ts';
import { openMigrationQueue } from './monitor/migrationQueue.ts';
import { joinParts } from './joints.ts';
import { Backups } from './pbs/backups.ts';
import { Gateways } from './relay/gateways.ts';
import { RelayRegistry } from './relay/registry.ts';
import { PrivilegeWatch } from './session/privilegeWatch.ts';
import { SessionService } from './session/sessionService.ts';
import { keepLearned } from './store/learnedLimits.ts';
import { PolicyVault } from './store/policyVault.ts';
import { SettingsStore } from './store/settingsStore.ts';
import { TaskService } from './task/taskService.ts';
import { Transfers } from './transfer/transfers.ts';
import { ViewerService } from './viewer/viewerService.ts';
import { setAsleep } from './sleep.ts';
import { WorkWatch } from './work.ts';

/** The backend behind any number of pages. */
export interface Engine {
  /** For commands, which restore in their own process. Pages have methods of their own. */
  readonly backups: Backups;
  /** A `sluice:` link or the path of a `.vv` file that the system handed over. It waits for a page's consent. */
  launch(text: string): Promise<void>;
  /** Serves a page over a link until either ends it. */
  attach(link: Link): Disposable;
  /**
   * Opens a guest's console in the page that came last, or in the first that comes. Fails where it is not clear which
   * guest is meant, and where its cluster is not signed in.
   */
  openConsole(wish: ConsoleWish): Promise<{ readonly title: string; readonly hasPage: boolean }>;
  /** Another process wrote the list of clusters. */
  reloadClusters(): Promise<void>;
  /** What the machine should know of its work; told with every change. */
  readonly work: EngineWork;
  readonly onWork: Event<EngineWork>;
  /**
   * The machine is about to sleep, or has woken up. Asleep nothing is asked of anybody; awake everything is looked at at
   * once, and nobody is blamed for the silence between.
   */
  setAsleep(isAsleep: boolean): void;
  /** Lets what flows drain, ends everything, and gives back what it held. Safe twice. */
  close(deadlineMs: number): Promise<void>;
}

/** The one constructor. Sessions of an earlier process go on by themselves. */
export function createEngine(given: EngineDeps): Engine {
  const vault = new PolicyVault(given.vault);
  const deps = { ...given, vault, log: new RedactingLog(given.log) };
  const { clock } = deps;
  const sessions = new SessionService(deps);
  const privileges = new PrivilegeWatch(sessions, clock);
  const inventory = new Inventory(sessions, clock);
  const tasks = new TaskService(
    sessions,
    clock,
    (clusterId, vmid) => inventory.guest(clusterId, `qemu/${vmid}`)?.maxMemoryBytes,
  );
  const relays = new RelayRegistry({ clock });
  const gateways = new Gateways(sessions, clock);
  const viewers = new ViewerService({ deps, sessions, finder: inventory, relays });
  const settings = new SettingsStore(deps.documents, deps.forced);
  const backups = new Backups(sessions);
  const readerHeartbeatMs = () => (settings.settings.readerHeartbeatS ?? usualReaderHeartbeatS) * 1000;
  const transfers = new Transfers({ deps, sessions, guests: inventory, relays, backups, readerHeartbeatMs });
  const endpoints = new Endpoints();
  const launches = new Launches({ clock, sessions, viewers, endpoints, log: deps.log });
  const { platform } = deps.programs ?? process;
  const addresses = new AddressOpener({ clock, documents: deps.documents, endpoints, viewers, platform });
  const monitor = new Monitor(deps, { sessions, inventory, tasks });
  const migrations = openMigrationQueue(deps, { sessions, inventory, tasks });
  const learned = keepLearned(relays.idleLimits, deps.documents);
  const keeping = settings.ready().then(() => vault.apply(settings.settings));
  const queue = keeping
    .then(() => sessions.ready())
    .then(() => Promise.all([transfers.queue.ready(), migrations.ready(), monitor.ready()]));
  const ready = Promise.all([queue, learned, addresses.ready()]).then(() => undefined);
  ready.catch((error: unknown) => deps.log.write('error', 'engine', 'what is remembered could not be read', { error }));
  const parts: EngineParts = {
    deps,
    sessions,
    privileges,
    inventory,
    tasks,
    relays,
    gateways,
    viewers,
    endpoints,
    launches,
    addresses,
    monitor,
    migrations,
    transfers,
    backups,
    settings,
    vault,
    changes: new ChangeLog(Buffer.from(deps.randomBytes(12)).toString('base64url')),
    ready: () => ready,
  };
  return new RunningEngine(parts, joinParts(parts));
}

class RunningEngine implements Engine {
  readonly #parts: EngineParts;
  readonly #own: DisposableStore;
  readonly #pages = new Set<PageAttachment>();
  readonly #wishes: ConsoleWishes;
  readonly #work: WorkWatch;
  #isAsleep = false;
  #closing: Promise<void> | undefined;

  constructor(parts: EngineParts, own: DisposableStore) {
    this.#parts = parts;
    this.#own = own;
    this.#wishes = new ConsoleWishes(parts);
    this.#work = own.add(new WorkWatch(parts));
  }

  get backups(): Backups {
    return this.#parts.backups;
  }

  get work(): EngineWork {
    return this.#work.now;
  }

  get onWork(): Event<EngineWork> {
    return this.#work.onChanged;
  }

  setAsleep(isAsleep: boolean): void {
    if (this.#closing || this.#isAsleep === isAsleep) return;
    this.#isAsleep = isAsleep;
    setAsleep(this.#parts, isAsleep);
    if (!isAsleep) for (const page of this.#pages) page.tellWoken();
  }

  attach(link: Link): Disposable {
    if (this.#closing) {
      link.close();
      return toDisposable(() => {});
    }
    const page: PageAttachment = new PageAttachment(link, this.#parts, {
      close: () => {
        this.#pages.delete(page);
        this.#watch();
      },
      watch: () => this.#watch(),
      greeted: () => {
        for (const wanted of this.#wishes.take()) page.want(wanted);
      },
    });
    this.#pages.add(page);
    this.#watch();
    return page;
  }

  async launch(text: string): Promise<void> {
    await this.#parts.ready(); // what a link names is looked up among what is remembered
    if (!this.#closing) await this.#parts.launches.ask(text);
  }

  async openConsole(wish: ConsoleWish): Promise<{ title: string; hasPage: boolean }> {
    try {
      const { title, wanted } = await this.#wishes.find(wish);
      return { title, hasPage: this.#want(wanted) };
    } catch (error) {
      const isOut = error instanceof AppError && error.code === 'session-expired';
      if (isOut) void this.#wantLater(wish);
      throw error;
    }
  }

  async #wantLater(wish: ConsoleWish): Promise<void> {
    const wanted = await this.#wishes.later(wish).catch(() => undefined); // signed in, and there is no such guest
    if (wanted && !this.#closing) this.#want(wanted);
  }

  /** False where no page is there to open it; the next one does. */
  #want(wanted: WantedConsole): boolean {
    const page = [...this.#pages].findLast((one) => one.isGreeted && one.isWatching);
    if (page) page.want(wanted);
    else this.#wishes.keep(wanted);
    return page !== undefined;
  }

  reloadClusters(): Promise<void> {
    return this.#parts.sessions.reload();
  }

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    const { relays, gateways, viewers, inventory, tasks, sessions, privileges } = this.#parts;
    this.#wishes.dispose();
    inventory.dispose();
    privileges.dispose();
    tasks.dispose();
    this.#own.dispose();
    await this.#parts.transfers.close();
    await Promise.all([relays.close(deadlineMs), gateways.closeAll(deadlineMs)]);
    viewers.dispose();
    this.#parts.launches.dispose();
    this.#parts.migrations.dispose();
    await this.#parts.monitor.close();
    for (const page of [...this.#pages]) page.dispose();
    await sessions.close();
  }

  /** Nobody looks: clusters are asked less often. */
  #watch(): void {
    if (this.#closing) return;
    const isWatched = [...this.#pages].some((page) => page.isWatching);
    this.#parts.inventory.setWatched(isWatched);
    this.#parts.tasks.setWatched(isWatched);
  }
}
