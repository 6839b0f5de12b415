import type { DocumentStore, EngineDeps, LogSink } from '../../electron/engine/deps.ts';
import { createNodeDeps } from '../../electron/hosts/nodeDeps.ts';
import { createInProcessHost, type InProcessHost } from '../../electron/hosts/inProcess/inProcessHost.ts';
import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';
import { type Lab, type LabOptions, startLab } from '../../electron/lab/lab.ts';
import { createQuirks, type LabQuirks } from '../../electron/lab/quirks.ts';
import type { AppError, ErrorInfo } from '../../shared/base/errors.ts';
import type { Cluster } from '../../shared/model/cluster.ts';
import type { ConsoleStatus, ConsoleView, Meters } from '../../shared/model/console.ts';
import type { Guest, InventoryChange, Node } from '../../shared/model/inventory.ts';
import type { LoginResult } from '../../shared/model/session.ts';
import type { Task, TaskChange } from '../../shared/model/task.ts';
import { wireVersion } from '../../shared/wire/linkTerms.ts';
import type { Channel, PagePeer } from '../../shared/wire/peer.ts';
import { until } from './until.ts';

/** Guests that boot at once and answer the same way every time. */
const createBackend: NonNullable<LabOptions['createBackend']> = ({ vmid, name }) =>
  Promise.resolve(createEmbeddedGuest({ vmid, name }));

/** Documents in memory, as they would lie on a disk. */
export class FakeDocuments implements DocumentStore {
  readonly texts = new Map<string, string>();

  read(name: string): Promise<unknown> {
    const text = this.texts.get(name);
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as unknown));
  }

  write(name: string, value: unknown): Promise<void> {
    this.texts.set(name, JSON.stringify(value));
    return Promise.resolve();
  }
}

/** Collects what was logged. */
export class FakeLog implements LogSink {
  readonly lines: string[] = [];

  write(...line: Parameters<LogSink['write']>): void {
    this.lines.push(JSON.stringify(line));
  }
}

/** What a page knows from events alone. */
export class PageState {
  readonly page: PagePeer;
  clusters: Cluster[] = [];
  readonly nodes = new Map<string, Node>();
  readonly guests = new Map<string, Guest>();
  readonly tasks = new Map<string, Task>();
  readonly inventoryChanges: InventoryChange[] = [];
  readonly taskChanges: TaskChange[] = [];
  readonly statuses = new Map<number, ConsoleStatus>();
  meters: Meters | undefined;

  constructor(page: PagePeer) {
    this.page = page;
    page.on('clusters.changed', ({ clusters }) => {
      this.clusters = clusters;
    });
    page.on('inventory.changed', (change) => this.#takeInventory(change));
    page.on('tasks.changed', (change) => this.#takeTasks(change));
    page.on('console.status', (status) => this.statuses.set(status.channel, status));
    page.on('meters.changed', (meters) => {
      this.meters = meters;
    });
  }

  get cluster(): Cluster {
    const [cluster] = this.clusters;
    if (!cluster) throw new Error('The page knows no cluster.');
    return cluster;
  }

  guest(id: string): Guest {
    const guest = this.guests.get(id);
    if (!guest) throw new Error(`The page knows no guest ${id}.`);
    return guest;
  }

  console(guestId: string, view: ConsoleView): Channel {
    const target = { kind: 'guest' as const, clusterId: this.cluster.id, guestId };
    return this.page.open('console', { target, view, cols: 100, rows: 30 });
  }

  #takeInventory(change: InventoryChange): void {
    this.inventoryChanges.push(change);
    if (change.full) {
      this.nodes.clear();
      this.guests.clear();
    }
    for (const node of change.nodes) this.nodes.set(node.name, node);
    for (const guest of change.guests) this.guests.set(guest.id, guest);
    for (const name of change.removedNodes) this.nodes.delete(name);
    for (const id of change.removedGuests) this.guests.delete(id);
  }

  #takeTasks(change: TaskChange): void {
    this.taskChanges.push(change);
    if (change.full) this.tasks.clear();
    for (const task of change.tasks) this.tasks.set(task.upid, task);
    for (const upid of change.removed) this.tasks.delete(upid);
  }
}

export interface EngineBenchOptions extends Omit<LabOptions, 'quirks'> {
  readonly quirks?: Partial<LabQuirks>;
  readonly deps?: Partial<EngineDeps>;
}

/** A lab, an engine and a page, in this process. */
export class EngineBench {
  readonly lab: Lab;
  readonly documents = new FakeDocuments();
  readonly log = new FakeLog();
  readonly deps: EngineDeps;
  host: InProcessHost;

  constructor(lab: Lab, deps: Partial<EngineDeps>) {
    this.lab = lab;
    const { documents, log } = this;
    this.deps = { ...createNodeDeps({ host: 'in-process', version: 'test', log }), documents, ...deps };
    this.host = createInProcessHost(this.deps);
  }

  /** Quick where real servers take their time; `quirks` go on top. */
  static async start({ quirks, deps = {}, ...options }: EngineBenchOptions = {}): Promise<EngineBench> {
    const quick = { authDelayMs: 0, resourcesLagMs: 0, liveUsage: false, ...quirks };
    return new EngineBench(await startLab({ createBackend, ...options, quirks: createQuirks(quick) }), deps);
  }

  /** A new page that has said hello. */
  async open(): Promise<PageState> {
    const state = new PageState(this.host.connect());
    await state.page.call('app.hello', { wireVersion });
    return state;
  }

  login(
    page: PagePeer,
    user: { username: string; password: string } = this.lab,
    address = this.lab.address,
  ): Promise<LoginResult> {
    const [username = '', realm = ''] = user.username.split('@');
    const { password } = user;
    return page.call('session.login', { address, acceptFingerprint: this.lab.fingerprint, username, realm, password });
  }

  /** A page that is signed in as root and knows all guests. */
  async signedIn(): Promise<PageState> {
    const state = await this.open();
    await this.login(state.page);
    await until(() => state.guests.size > 0, 'the list of guests');
    return state;
  }

  /** The engine's process ended and another began; pages are gone, what was kept is there. */
  async restart(): Promise<void> {
    await this.host.engine.close(100);
    this.host = createInProcessHost(this.deps);
  }

  async close(): Promise<void> {
    await this.host.engine.close(100);
    await this.lab.close();
  }
}

/** The error a promise rejects with, as a border shows it. */
export async function failureOf(promise: Promise<unknown>): Promise<ErrorInfo> {
  try {
    await promise;
  } catch (error) {
    return (error as AppError).toInfo();
  }
  throw new Error('It was expected to fail and did not.');
}
