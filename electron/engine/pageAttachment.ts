import { every } from '../../shared/base/clock.ts';
import { AppError } from '../../shared/base/errors.ts';
import { type Disposable, DisposableStore } from '../../shared/base/lifecycle.ts';
import type { EventData, EventName, Params, Result } from '../../shared/wire/contract.ts';
import { usualHeartbeatMs, wireVersion } from '../../shared/wire/linkTerms.ts';
import { createEnginePeer } from '../../shared/wire/enginePeer.ts';
import type { Link } from '../../shared/wire/link.ts';
import type { ChannelHandlers, EnginePeer, MethodHandlers } from '../../shared/wire/peer.ts';
import { backupHandlers } from './backupHandlers.ts';
import { PageConsoles } from './console/consoleService.ts';
import type { Change } from './changeLog.ts';
import { tellState } from './changes.ts';
import type { EngineParts } from './engineParts.ts';
import { rereadUnknown } from './rereadUnknown.ts';
import { historyFile, sendHistory } from './monitor/historyFile.ts';
import { monitorMethods } from './monitor/monitorMethods.ts';
import { startMethods } from './monitor/startMethods.ts';
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
  readonly #onGreeted: () => void;
  #isTold = false;
  #isWatching = true;
  #isGreeted = false;
  #hadRelays = false;

  constructor(link: Link, parts: EngineParts, on: { close: () => void; watch: () => void; greeted: () => void }) {
    this.#parts = parts;
    this.#onWatch = on.watch;
    this.#onGreeted = on.greeted;
    const { clock } = parts.deps;
    const { sessions, relays, endpoints, inventory: finder } = parts;
    this.#consoles = new PageConsoles({ clock, sessions, relays, endpoints, finder, log: parts.deps.log }, (status) =>
      this.#tell('console.status', status),
    );
    const methods = rereadUnknown(this.#methods(), clock, (clusterId) => {
      parts.tasks.nudge(clusterId);
      return finder.reread(clusterId);
    });
    const handlers = { methods, channels: this.#channels() };
    this.#peer = createEnginePeer(link, handlers, clock, {
      onViolation: (error) => parts.deps.log.write('warn', 'wire', error.message),
    });
    this.#peer.onClose(() => {
      this.#store.dispose();
      on.close();
    });
  }

  /** It has been told everything. */
  get isGreeted(): boolean {
    return this.#isTold;
  }

  /** Has it open a console that somebody else asked for. */
  want(wanted: EventData<'console.wanted'>): void {
    this.#tell('console.wanted', wanted);
  }

  /** What it waits for may be there again. */
  tellWoken(): void {
    if (this.#isTold) this.#tell('machine.woken', {});
  }

  /** Somebody looks at it, as far as it says. */
  get isWatching(): boolean {
    return this.#isWatching;
  }

  dispose(): void {
    this.#peer.close();
  }

  #methods(): MethodHandlers {
    const { sessions, settings, tasks, inventory, viewers, transfers } = this.#parts;
    return {
      ...monitorMethods(this.#parts.monitor),
      ...startMethods(this.#parts),
      'app.hello': (params) => this.#hello(params),
      'app.watch': ({ isWatching }) => {
        this.#isWatching = isWatching;
        this.#onWatch();
        return {};
      },
      'settings.set': async (params) => {
        await settings.set(params.settings);
        return {};
      },
      'demo.open': ({ product }) => this.#openDemo(product ?? 'pve'),
      ...this.#sessionMethods(),
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
      'launch.accept': ({ launchId }, { signal }) => this.#parts.launches.accept(launchId, signal),
      'launch.dismiss': ({ launchId }) => {
        this.#parts.launches.dismiss(launchId);
        return {};
      },
      ...this.#addressMethods(),
      'task.stop': async ({ clusterId, upid }, { signal }) => {
        await tasks.stop(clusterId, upid, signal);
        return {};
      },
      'console.resize': ({ channel, cols, rows }) => {
        this.#consoles.resize(channel, cols, rows);
        return {};
      },
      ...transferHandlers(transfers),
      ...backupHandlers(this.#parts),
    };
  }

  #sessionMethods() {
    const { sessions, gateways } = this.#parts;
    return {
      'cluster.probe': ({ address }, { signal }) => sessions.probe(address, signal),
      'cluster.acceptCertificate': ({ clusterId, oldFingerprint, newFingerprint }) => {
        sessions.acceptCertificate(clusterId, oldFingerprint, newFingerprint);
        return {};
      },
      'cluster.trustAuthority': ({ clusterId, fingerprint, isTrusted }) => {
        sessions.trustAuthority(clusterId, fingerprint, isTrusted);
        return {};
      },
      'cluster.forget': async ({ clusterId }) => {
        await sessions.forget(clusterId);
        return {};
      },
      'session.login': (params, { signal }) => sessions.login(params, signal),
      'session.loginWithToken': (params, { signal }) => sessions.loginWithToken(params, signal),
      'session.startOpenId': (params, { signal }) => sessions.startOpenId(params, signal),
      'session.finishOpenId': ({ loginId }, { signal }) => sessions.finishOpenId(loginId, signal),
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
    } satisfies Partial<MethodHandlers>;
  }

  #addressMethods() {
    const { addresses } = this.#parts;
    return {
      'address.open': (wish, { signal }) => addresses.open(wish, signal),
      'address.list': () => ({ addresses: addresses.list() }),
      'address.forget': async ({ address, view }) => {
        await addresses.forget(address, view);
        return {};
      },
    } satisfies Partial<MethodHandlers>;
  }

  #channels(): ChannelHandlers {
    const { sessions, deps } = this.#parts;
    return {
      console: (params, channel) => this.#consoles.open(params, channel),
      'page.file': (facts, channel) => this.#parts.transfers.pageFiles.offer(facts, channel),
      'history.export': ({ format, filter }, channel) =>
        sendHistory(channel, historyFile(this.#parts.monitor.history.filtered(filter), format)),
      'task.log': ({ clusterId, upid, after = 0 }, channel) => {
        try {
          followTaskLog(sessions.active(clusterId), deps.clock, { upid, after }, channel);
        } catch (error) {
          channel.close(0, { kind: 'failed', error: AppError.from(error) });
        }
      },
    };
  }

  async #hello(params: Params<'app.hello'>): Promise<Result<'app.hello'>> {
    const { deps, settings, changes } = this.#parts;
    if (params.wireVersion !== wireVersion) {
      throw new AppError('unsupported', 'This page is of another version of Sluice than the engine. Reload it.');
    }
    await this.#parts.ready();
    // Behind the answer: the page listens when it has it.
    if (!this.#isGreeted) this.#store.add(deps.clock.timer(0, () => this.#tellAll(params.resume)));
    this.#isGreeted = true;
    const wishedMs = params.heartbeatMs ?? usualHeartbeatMs;
    const heartbeatMs = Math.min(wishedMs, deps.linkHeartbeatMs ?? usualHeartbeatMs);
    this.#peer.setHeartbeat(heartbeatMs);
    return {
      version: deps.version,
      epoch: changes.epoch,
      heartbeatMs,
      host: deps.host,
      hasDemo: deps.startDemo !== undefined,
      settings: settings.settings,
      forced: settings.forced,
    };
  }

  /** An event that can't be sent (too large, not as agreed) is our mistake, and no reason to end everything. */
  #tell<E extends EventName>(event: E, data: EventData<E>, sequence?: number): void {
    try {
      this.#peer.emit(event, data, sequence);
    } catch (error) {
      this.#parts.deps.log.write('error', 'wire', `${event} could not be sent`, { error });
    }
  }

  /** What this page missed, or everything known; then every change. See `changes.ts` for what these are. */
  #tellAll(resume: Params<'app.hello'>['resume']): void {
    const { changes, deps } = this.#parts;
    const missed = resume?.epoch === changes.epoch ? changes.since(resume.sequence) : undefined;
    if (missed) for (const change of missed) this.#tellChange(change);
    else tellState(this.#parts, (event, data) => this.#tell(event, data));
    this.#tell('app.told', { isResumed: missed !== undefined }, changes.sequence);
    this.#store.add(changes.onAdded((change) => this.#tellChange(change)));
    this.#isTold = true;
    this.#onGreeted();
    this.#store.add(every(deps.clock, METERS_MS, () => this.#tellMeters()));
  }

  #tellChange({ event, data, sequence }: Change): void {
    this.#tell(event, data, sequence);
  }

  /** Once a second while something flows, and once more when nothing does. */
  #tellMeters(): void {
    const meters = this.#parts.relays.meters();
    const hasRelays = meters.relays.length > 0;
    if (hasRelays || this.#hadRelays) this.#tell('meters.changed', meters);
    this.#hadRelays = hasRelays;
  }

  async #openDemo(product: 'pve' | 'pbs') {
    const { deps, sessions } = this.#parts;
    if (!deps.startDemo) throw new AppError('unsupported', 'This installation has no demo cluster.');
    const { address, fingerprint, username, realm, password } = await deps.startDemo(product);
    const running = sessions.all().find((session) => session.isDemo && session.address === address && session.isActive);
    if (running) return { kind: 'signed-in' as const, clusterId: running.id };
    return await sessions.login({ address, acceptFingerprint: fingerprint, username, realm, password, isDemo: true });
  }
}
