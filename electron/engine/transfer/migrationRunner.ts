import { throwIfAborted } from '../../../shared/base/abort.ts';
import { type Clock, every } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import { clusterNodesAnswer } from './migrationOptions.ts';
import { tasksAnswer, upidAnswer } from '../api/schemas.ts';
import { type HostPort, parseAddress } from '../net/address.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { SessionService } from '../session/sessionService.ts';
import { Bridge } from './bridge.ts';
import { makeToken, planToken, removeToken } from './migrationToken.ts';
import { checkTaskEnd, stopTask, untilTaskEnds, whyTaskFailed } from './serverTask.ts';
import { formatMap, formatTargetEndpoint } from './targetEndpoint.ts';
import type { TransferEntry } from './transferEntry.ts';
import type { KeptRequest, TransferRecord } from './transferRecord.ts';
import type { TransferRunner } from './transferService.ts';

const START_MS = 90_000; // the source asks the target before it answers
const METERS_MS = 1_000;
const CLOCKS_S = 30; // clocks of nodes and this machine differ
const DRAIN_MS = 5_000;

type MigrationWish = Extract<KeptRequest, { kind: 'remote-migration' }>;

/** Where guests are, asked of the cluster where that is not known. */
export interface GuestFinder {
  locate(clusterId: string, guestId: string): Promise<Guest>;
}

export interface MigrationRunnerOptions {
  readonly sessions: SessionService;
  readonly guests: GuestFinder;
  readonly relays: RelayRegistry;
  readonly clock: Clock;
  /** Resolves when what was changed is kept. */
  readonly saved: () => Promise<void>;
  readonly log: (message: string) => void;
}

/** What only lives while a migration is being started: never kept. */
export interface Start {
  /** Absent: one is made. */
  readonly token: { readonly tokenId: string; readonly secret: string } | undefined;
  readonly onStarted: (upid: string) => void;
  readonly onFailed: (error: AppError) => void;
}

/** Remote migrations: the source cluster does the work; we hand it a token and, where asked, carry its connections. */
export class MigrationRunner implements TransferRunner {
  readonly #options: MigrationRunnerOptions;
  readonly #starts = new WeakMap<TransferEntry, Start>();
  readonly #running = new Set<TransferEntry>();
  readonly #tidying = new Set<TransferEntry>();

  constructor(options: MigrationRunnerOptions) {
    this.#options = options;
  }

  /** To be called in the same breath in which it was added. */
  prepare(entry: TransferEntry, start: Start): void {
    this.#starts.set(entry, start);
  }

  async run(entry: TransferEntry, signal: AbortSignal): Promise<void> {
    const start = this.#starts.get(entry);
    this.#starts.delete(entry);
    const run = new MigrationRun(this.#options, entry, signal);
    this.#running.add(entry);
    try {
      if (entry.transfer.upid === undefined) {
        if (start) start.onStarted(await run.start(start));
        else await run.findStarted();
      }
      await run.follow();
    } catch (error) {
      start?.onFailed(AppError.from(error));
      throw error;
    } finally {
      run.end();
      this.#running.delete(entry);
      queueMicrotask(() => void this.tidy(entry));
    }
  }

  /** The server's task goes on without us, even where we were never told its name; what only waited is not started. */
  recover(record: TransferRecord): Promise<TransferRecord> {
    const { transfer } = record;
    if (transfer.state !== 'queued') return Promise.resolve(record);
    return Promise.resolve({ ...record, transfer: { ...transfer, state: 'interrupted' } });
  }

  /** Removes the token of one that is over, as soon as its cluster lets us. */
  async tidy(entry: TransferEntry): Promise<void> {
    const token = entry.madeToken;
    if (!token || !entry.isFinal || this.#running.has(entry) || this.#tidying.has(entry)) return;
    const target = this.#options.sessions.all().find((session) => session.id === token.clusterId);
    if (target && !target.isActive) return; // asked again when somebody signs in
    this.#tidying.add(entry);
    try {
      if (target) await removeToken(target, token);
      entry.madeToken = undefined;
      const { migration } = entry.transfer;
      if (migration) entry.patch({ migration: { ...migration, tokenToRemove: undefined } });
    } catch (error) {
      this.#options.log(`the token ${token.user}!${token.name} could not be removed: ${AppError.from(error).message}`);
    } finally {
      this.#tidying.delete(entry);
    }
  }
}

class MigrationRun {
  readonly #options: MigrationRunnerOptions;
  readonly #entry: TransferEntry;
  readonly #wish: MigrationWish;
  readonly #signal: AbortSignal;
  #bridge: Bridge | undefined;

  constructor(options: MigrationRunnerOptions, entry: TransferEntry, signal: AbortSignal) {
    const { request } = entry;
    if (request.kind !== 'remote-migration') throw new AppError('internal', 'This is no remote migration.');
    this.#options = options;
    this.#entry = entry;
    this.#wish = request;
    this.#signal = signal;
  }

  /** Gives the UPID of the task on the source. */
  async start(start: Start): Promise<string> {
    const { sessions, guests } = this.#options;
    const entry = this.#entry;
    const source = sessions.active(this.#wish.clusterId);
    const target = sessions.active(this.#wish.targetClusterId);
    entry.move('running', { phase: 'Prepares it' });
    const guest = await guests.locate(source.id, this.#wish.guestId);
    const token = start.token ?? (await this.#makeToken(target));
    const place = await this.#place(source, target);
    const fingerprint = fingerprintOf(target);
    if (fingerprint === undefined)
      throw new AppError('tls', 'The certificate of the target is not known yet. Try again.');
    entry.say('The source cluster asks the target');
    const form = {
      'target-endpoint': formatTargetEndpoint({ ...place, ...token, fingerprint }),
      'target-storage': formatMap(this.#wish.storages),
      'target-bridge': formatMap(this.#wish.bridges),
      'target-vmid': this.#wish.targetVmid ?? guest.vmid,
      delete: this.#wish.deletesSource,
      ...(this.#wish.isOnline && { [guest.type === 'qemu' ? 'online' : 'restart']: true }),
      ...(this.#wish.limitKibPerSecond !== undefined && { bwlimit: this.#wish.limitKibPerSecond }),
    };
    const path = `/nodes/${encodeURIComponent(guest.node)}/${guest.type}/${guest.vmid}/remote_migrate`;
    throwIfAborted(this.#signal);
    // Not given up halfway: what was asked for has to be known, or it could not be stopped.
    const upid = await source.api.post(path, upidAnswer, { form, timeoutMs: START_MS });
    entry.patch({ upid, phase: 'The source cluster migrates' });
    await this.#options.saved();
    return upid;
  }

  /** Sluice ended while it was being started: the source cluster knows whether it was. */
  async findStarted(): Promise<void> {
    const entry = this.#entry;
    const session = this.#options.sessions.active(this.#wish.clusterId);
    const tasks = await session.api.get('/cluster/tasks', tasksAnswer, { signal: this.#signal });
    const vmid = /(\d+)$/.exec(this.#wish.guestId)?.[1];
    const sinceS = entry.transfer.createdAtMs / 1000 - CLOCKS_S;
    const found = tasks.find(
      ({ type, id, starttime }) => /^(qm|vz)migrate$/.test(type) && id === vmid && starttime >= sinceS,
    );
    if (found) entry.patch({ upid: found.upid, phase: 'The source cluster migrates' });
    else entry.move('interrupted');
  }

  async follow(): Promise<void> {
    const entry = this.#entry;
    const { upid } = entry.transfer;
    if (upid === undefined) return;
    const session = this.#options.sessions.get(this.#wish.clusterId);
    const meters = every(this.#options.clock, METERS_MS, () => entry.touch());
    try {
      throwIfAborted(this.#signal);
      const options = { session, clock: this.#options.clock, signal: this.#signal };
      const exit = await untilTaskEnds(upid, options);
      const why = /^migration (aborted|problems)/.test(exit) ? await whyTaskFailed(upid, options) : undefined;
      checkTaskEnd(why ?? exit);
      entry.move('done', { verified: ['task'] });
    } finally {
      meters.dispose();
      if (entry.state === 'cancelled') await this.#stop(upid, session);
    }
  }

  end(): void {
    const { transfer } = this.#entry;
    const bridge = this.#bridge?.state;
    this.#entry.live = undefined;
    this.#bridge?.close(DRAIN_MS);
    if (bridge && transfer.migration) this.#entry.patch({ migration: { ...transfer.migration, bridge } });
  }

  async #stop(upid: string, session: ClusterSession): Promise<void> {
    try {
      await stopTask(upid, session);
    } catch (error) {
      this.#options.log(`the task of a cancelled migration could not be stopped: ${AppError.from(error).message}`);
    }
  }

  /** Its name is kept before it is made, so that it is removed whatever becomes of us. */
  async #makeToken(target: ClusterSession) {
    const entry = this.#entry;
    const planned = planToken(target, entry.id);
    entry.madeToken = planned;
    const { migration } = entry.transfer;
    if (migration) entry.patch({ migration: { ...migration, tokenToRemove: `${planned.user}!${planned.name}` } });
    await this.#options.saved();
    return await makeToken(target, planned, this.#options.clock.wallMs(), this.#signal);
  }

  /** Where the source node has to connect to. */
  async #place(source: ClusterSession, target: ClusterSession): Promise<HostPort> {
    const address = parseAddress(target.connection.address); // the node that we talk to: it answers for itself
    const { bridge: wish } = this.#wish;
    if (!wish) return address;
    this.#entry.say('Opens the bridge');
    const { relays, clock, log } = this.#options;
    const allowedFrom = wish.allowedFrom.length > 0 ? wish.allowedFrom : await addressesOf(source);
    const bridge = await Bridge.open({ ...wish, allowedFrom, target: address, relays, clock, onFailure: log });
    this.#bridge = bridge;
    this.#entry.live = () => {
      const { migration } = this.#entry.transfer;
      return migration ? { migration: { ...migration, bridge: bridge.state } } : {};
    };
    return bridge.address;
  }
}

/** Of the node that we talk to. */
function fingerprintOf(session: ClusterSession): string | undefined {
  return session.connection.certificate?.fingerprint ?? session.describe().certificate?.fingerprint;
}

/** Of the nodes of a cluster, and what we reach it by. */
async function addressesOf(session: ClusterSession): Promise<string[]> {
  const entries = await session.api.get('/cluster/status', clusterNodesAnswer);
  const ips = entries.flatMap(({ type, ip }) => (type === 'node' && ip !== undefined ? [ip] : []));
  return [...new Set([...ips, parseAddress(session.connection.address).host])];
}
