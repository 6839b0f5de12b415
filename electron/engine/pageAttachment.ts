import { every } from '../../shared/base/clock.ts';
import { AppError } from '../../shared/base/errors.ts';
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import { type EventData, type EventName, wireVersion } from '../../shared/wire/contract.ts';
import { createEnginePeer } from '../../shared/wire/enginePeer.ts';
import type { Link } from '../../shared/wire/link.ts';
import type { ChannelHandlers, EnginePeer, MethodHandlers } from '../../shared/wire/peer.ts';
import { PageConsoles } from './console/consoleService.ts';
import type { EngineParts } from './engineParts.ts';
import { monitorMethods } from './monitor/monitorMethods.ts';
import { followTaskLog } from './task/logChannel.ts';
import { transferHandlers } from './transferHandlers.ts';
import { powerGuest } from './task/guestPower.ts';

const METERS_MS = 1_000;

/** One page: what it may call and open, and what it is told. */
export class PageAttachment implements Disposable {
  readonly #parts: EngineParts;
  readonly #peer: EnginePeer;
  readonly #consoles: PageConsoles;
  readonly #store = new DisposableStore();
  readonly #onWatch: () => void;
  #isWatching = true;
  #isGreeted = false;
  #hadRelays = false;
  #clustersWaiting = false;

  constructor(link: Link, parts: EngineParts, on: { close: () => void; watch: () => void }) {
    this.#parts = parts;
    this.#onWatch = on.watch;
    const { clock } = parts.deps;
    const { sessions, relays, inventory: finder } = parts;
    this.#consoles = new PageConsoles({ clock, sessions, relays, finder, log: parts.deps.log }, (status) =>
      this.#tell('console.status', status),
    );
    const handlers = { methods: this.#methods(), channels: this.#channels() };
    this.#peer = createEnginePeer(link, handlers, clock, {
      onViolation: (error) => parts.deps.log.write('warn', 'wire', error.message),
    });
    this.#peer.onClose(() => {
      this.#store.dispose();
      on.close();
    });
  }

  /** Somebody looks at it, as far as it says. */
  get isWatching(): boolean {
    return this.#isWatching;
  }

  dispose(): void {
    this.#peer.close();
  }

  #methods(): MethodHandlers {
    const { sessions, settings, tasks, inventory, viewers, gateways, transfers } = this.#parts;
    return {
      ...monitorMethods(),
      'app.hello': (params) => this.#hello(params.wireVersion),
      'app.watch': ({ isWatching }) => {
        this.#isWatching = isWatching;
        this.#onWatch();
        return {};
      },
      'settings.set': async (params) => {
        await settings.set(params.settings);
        return {};
      },
      'demo.open': () => this.#openDemo(),
      'cluster.probe': ({ address }, { signal }) => sessions.probe(address, signal),
      'cluster.acceptCertificate': ({ clusterId, oldFingerprint, newFingerprint }) => {
        sessions.acceptCertificate(clusterId, oldFingerprint, newFingerprint);
        return {};
      },
      'cluster.forget': async ({ clusterId }) => {
        await sessions.forget(clusterId);
        return {};
      },
      'session.login': (params, { signal }) => sessions.login(params, signal),
      'session.loginWithToken': (params, { signal }) => sessions.loginWithToken(params, signal),
      'session.answer': ({ challengeId, kind, code }, { signal }) => sessions.answer(challengeId, kind, code, signal),
      'gateway.open': (params) => gateways.open(params),
      'gateway.token': ({ gatewayId }) => ({ token: gateways.tokenOf(gatewayId) }),
      'gateway.close': async ({ gatewayId }) => {
        await gateways.close(gatewayId);
        return {};
      },
      'session.logout': ({ clusterId }) => {
        sessions.logout(clusterId);
        return {};
      },
      'guest.power': async ({ clusterId, guestId, action }) => {
        const session = sessions.active(clusterId);
        const guest = await inventory.locate(clusterId, guestId);
        const relocate = () => inventory.relocate(clusterId, guestId);
        const upid = await powerGuest({ session, guest, action, relocate });
        tasks.add(clusterId, upid);
        return { upid };
      },
      'guest.displays': ({ clusterId, guestId }, { signal }) => viewers.displays(clusterId, guestId, signal),
      'viewer.list': () => viewers.list(),
      'viewer.open': (wish, { signal }) => viewers.open(wish, signal),
      'task.stop': async ({ clusterId, upid }, { signal }) => {
        await tasks.stop(clusterId, upid, signal);
        return {};
      },
      'console.resize': ({ channel, cols, rows }) => {
        this.#consoles.resize(channel, cols, rows);
        return {};
      },
      ...transferHandlers(transfers),
    };
  }

  #channels(): ChannelHandlers {
    const { sessions, deps } = this.#parts;
    return {
      console: (params, channel) => this.#consoles.open(params, channel),
      'history.export': (_params, channel) => channel.close(0),
      'task.log': ({ clusterId, upid }, channel) => {
        try {
          followTaskLog(sessions.active(clusterId), deps.clock, upid, channel);
        } catch (error) {
          channel.close(0, { kind: 'failed', error: AppError.from(error) });
        }
      },
    };
  }

  async #hello(version: number) {
    const { deps, settings } = this.#parts;
    if (version !== wireVersion) {
      throw new AppError('unsupported', 'This page is of another version of Sluice than the engine. Reload it.');
    }
    await this.#parts.ready();
    // Behind the answer: the page listens when it has it.
    if (!this.#isGreeted) this.#store.add(deps.clock.timer(0, () => this.#tellAll()));
    this.#isGreeted = true;
    return {
      version: deps.version,
      host: deps.host,
      hasDemo: deps.startDemo !== undefined,
      settings: settings.settings,
    };
  }

  /** An event that can't be sent (too large, not as agreed) is our mistake, and no reason to end everything. */
  #tell<E extends EventName>(event: E, data: EventData<E>): void {
    try {
      this.#peer.emit(event, data);
    } catch (error) {
      this.#parts.deps.log.write('error', 'wire', `${event} could not be sent`, { error });
    }
  }

  /** Everything known, then every change. */
  #tellAll(): void {
    const { sessions, privileges, inventory, tasks, gateways, settings, deps } = this.#parts;
    this.#tellClusters();
    for (const change of privileges.full()) this.#tell('privileges.changed', change);
    for (const change of inventory.full()) this.#tell('inventory.changed', change);
    for (const change of tasks.full()) this.#tell('tasks.changed', change);
    this.#tellGateways();
    this.#store.add(gateways.onChanged(() => this.#tellGateways()));
    const { queue } = this.#parts.transfers;
    this.#tell('transfers.changed', queue.full());
    this.#store.add(queue.onChanged((change) => this.#tell('transfers.changed', change)));
    this.#store.add(sessions.onChanged(() => this.#tellClustersSoon()));
    this.#store.add(privileges.onChanged((change) => this.#tell('privileges.changed', change)));
    this.#store.add(inventory.onChanged((change) => this.#tell('inventory.changed', change)));
    this.#store.add(tasks.onChanged((change) => this.#tell('tasks.changed', change)));
    this.#store.add(settings.onChanged((changed) => this.#tell('settings.changed', { settings: changed })));
    this.#store.add(every(deps.clock, METERS_MS, () => this.#tellMeters()));
  }

  #tellGateways(): void {
    this.#tell('gateways.changed', { gateways: this.#parts.gateways.list() });
  }

  #tellClusters(): void {
    this.#clustersWaiting = false;
    if (!this.#store.disposed) this.#tell('clusters.changed', { clusters: this.#parts.sessions.describe() });
  }

  /** One sign-in changes a cluster several times in a row: told once. */
  #tellClustersSoon(): void {
    if (this.#clustersWaiting) return;
    this.#clustersWaiting = true;
    queueMicrotask(() => this.#tellClusters());
  }

  /** Once a second while something flows, and once more when nothing does. */
  #tellMeters(): void {
    const meters = this.#parts.relays.meters();
    const hasRelays = meters.relays.length > 0;
    if (hasRelays || this.#hadRelays) this.#tell('meters.changed', meters);
    this.#hadRelays = hasRelays;
  }

  async #openDemo() {
    const { deps, sessions } = this.#parts;
    if (!deps.startDemo) throw new AppError('unsupported', 'This installation has no demo cluster.');
    const { address, fingerprint, username, realm, password } = await deps.startDemo();
    const running = sessions.all().find((session) => session.isDemo && session.address === address && session.isActive);
    if (running) return { kind: 'signed-in' as const, clusterId: running.id };
    return await sessions.login({ address, acceptFingerprint: fingerprint, username, realm, password, isDemo: true });
  }
}
