import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { GuestDisplays, Viewer, ViewerProtocol } from '../../../shared/model/viewer.ts';
import { formatViewerFile, type ViewerFile } from '../../../shared/codec/viewerFile/viewerFile.ts';
import { readTitle, type ViewerTarget } from '../../../shared/codec/viewerFile/viewerTarget.ts';
import { vncPasswordFile } from '../../../shared/codec/rfb/viewerWelcome.ts';
import { openConsoleTunnel } from '../console/consoleOpening.ts';
import { Steps } from '../console/steps.ts';
import { checkGuest, findPlace, type GuestFinder, type Place } from '../console/target.ts';
import type { EngineDeps, ProgramSearch } from '../deps.ts';
import { parseAddress } from '../net/address.ts';
import { connectTcp } from '../net/connector.ts';
import type { Trust } from '../net/trust.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { SessionService } from '../session/sessionService.ts';
import { ConnectGate } from './connectGate.ts';
import { type FoundViewer, findViewers } from './findViewers.ts';
import type { LoopbackDoor } from './loopbackDoor.ts';
import { ScreenGate } from './screenGate.ts';
import { askForSpice, checkTicket, readDisplays, spiceProxyOf } from './spiceTicket.ts';
import { ViewerVisit } from './viewerVisit.ts';
import type { ViewerOrder } from './viewerProcess.ts';

const TICKET_MS = 38_000; // 40 s at the server (PVE wire facts 5.2), less the way of the answer

export interface ViewerServiceOptions {
  readonly deps: EngineDeps;
  readonly sessions: SessionService;
  readonly finder: GuestFinder;
  readonly relays: RelayRegistry;
}

export interface ViewerWish {
  readonly clusterId: string;
  readonly guestId: string;
  readonly protocol: ViewerProtocol;
  /** The better one where absent. */
  readonly viewerId?: string | undefined;
}

/** SPICE that no cluster told of. */
export interface FileWish {
  readonly file: ViewerFile;
  /** What was read from it. */
  readonly target: ViewerTarget;
  /** Whose certificate is taken where TLS is opened here, and not by the viewer. */
  readonly trust?: Trust | undefined;
}

interface Prepared {
  readonly door: LoopbackDoor;
  readonly order: ViewerOrder;
}

/** Viewers of other programs: which there are, and guests opened in them. They belong to the engine, not to a page. */
export class ViewerService implements Disposable {
  readonly #options: ViewerServiceOptions;
  readonly #visits = new Map<ViewerVisit, string>();
  #isDisposed = false;

  constructor(options: ViewerServiceOptions) {
    this.#options = options;
  }

  list(): { platform: string; viewers: Viewer[] } {
    const search = this.#search;
    const viewers = findViewers(search).map(({ program: { id, name, opens } }) => ({ id, name, opens: [...opens] }));
    return { platform: search.platform, viewers };
  }

  /** What a guest can be looked at with. Fails as the API does. */
  async displays(clusterId: string, guestId: string, signal: AbortSignal): Promise<GuestDisplays> {
    const session = this.#options.sessions.active(clusterId);
    return await readDisplays(session.api, await this.#place(clusterId, guestId), signal);
  }

  /**
   * Opens a guest in a viewer. Resolves when that is connected. Fails with `not-found` where there is no such viewer,
   * `not-running`, `no-console`, `timeout` when the viewer does not come, and as session, API and connector do.
   */
  async open(wish: ViewerWish, signal: AbortSignal): Promise<{ viewer: string }> {
    const viewer = this.#choose(wish.protocol, wish.viewerId);
    const session = this.#options.sessions.active(wish.clusterId);
    const prepared = await (wish.protocol === 'spice'
      ? this.#prepareSpice(session, wish, viewer, signal)
      : this.#prepareScreen(session, wish, viewer, signal));
    await this.#visit(viewer, prepared, wish.clusterId, signal);
    this.#options.deps.log.write('info', 'viewer', `opened ${wish.guestId} in ${viewer.program.name}`);
    return { viewer: viewer.program.name };
  }

  /**
   * Opens what a connection file leads to: the viewer gets a file of ours, and all its channels go through our relay.
   * Fails as `open` does.
   */
  async openFile({ file, target, trust }: FileWish, signal: AbortSignal): Promise<{ viewer: string }> {
    const viewer = this.#choose('spice', undefined);
    const prepared = await this.#prepareFile({ file, target, trust }, viewer, signal);
    await this.#visit(viewer, prepared, '', signal);
    return { viewer: viewer.program.name };
  }

  /** `clusterId`: whose sign-out ends it; none for a file's. */
  async #visit(viewer: FoundViewer, prepared: Prepared, clusterId: string, signal: AbortSignal): Promise<void> {
    if (this.#isDisposed) {
      prepared.door.dispose();
      throw new AppError('aborted', 'Sluice was closed.');
    }
    const visit = new ViewerVisit(viewer, prepared.door);
    this.#visits.set(visit, clusterId);
    visit.onEnd(() => this.#visits.delete(visit));
    await visit.begin(prepared.order, this.#search, signal);
  }

  /** Ends the viewers: without their relays they are of no use. */
  dispose(): void {
    this.#isDisposed = true;
    for (const visit of this.#visits.keys()) visit.dispose();
  }

  /** Ends the viewers of a cluster's guests. */
  endOf(clusterId: string): void {
    for (const [visit, ofCluster] of this.#visits) if (ofCluster === clusterId) visit.dispose();
  }

  get #search(): ProgramSearch {
    return this.#options.deps.programs ?? { platform: process.platform, env: process.env };
  }

  #choose(protocol: ViewerProtocol, viewerId: string | undefined): FoundViewer {
    const found = findViewers(this.#search).filter(({ program }) => program.opens.includes(protocol));
    const chosen = viewerId === undefined ? found[0] : found.find(({ program }) => program.id === viewerId);
    if (chosen) return chosen;
    const word = protocol === 'spice' ? 'SPICE' : 'VNC';
    throw new AppError('not-found', `No ${word} viewer was found on this machine. Install one, then try again.`, {
      detail: { missing: 'viewer' },
    });
  }

  #place(clusterId: string, guestId: string): Promise<Place> {
    return findPlace(this.#options.finder, { kind: 'guest', clusterId, guestId }, false);
  }

  async #prepareSpice(
    session: ClusterSession,
    wish: ViewerWish,
    viewer: FoundViewer,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const { deps, relays } = this.#options;
    const place = await this.#place(wish.clusterId, wish.guestId);
    await this.#checkSpice(session, place, signal);
    const way = session.connection; // the ticket is asked for where its channels go to
    const { host } = parseAddress(way.address);
    const answer = await askForSpice(way.api, place, host, signal);
    checkTicket(answer);
    const proxy = spiceProxyOf(answer, host);
    await checkReach(proxy, signal, deps.clock);
    const route = { proxy, host: answer.host, tlsPort: answer['tls-port'], vmid: place.guest?.vmid ?? 0 };
    const gate = new ConnectGate({ clock: deps.clock, relays, route, name: place.label, acceptMs: TICKET_MS });
    await gate.door.open();
    const content = formatViewerFile({
      type: 'spice',
      host: gate.host,
      tlsPort: route.tlsPort,
      password: answer.password,
      proxy: gate.proxyUrl,
      caPem: answer.ca.replaceAll('\\n', '\n'),
      hostSubject: answer['host-subject'],
      title: `${place.label}, Sluice`,
      secureAttention: answer['secure-attention'],
      toggleFullscreen: answer['toggle-fullscreen'],
      releaseCursor: answer['release-cursor'],
      deleteThisFile: true,
    });
    return { door: gate.door, order: connectionFile(viewer, content) };
  }

  async #prepareFile({ file, target, trust }: FileWish, viewer: FoundViewer, signal: AbortSignal): Promise<Prepared> {
    const { deps, relays } = this.#options;
    const { proxy, host, port, tlsPort, ticket } = target;
    const name = readTitle(file) ?? target.address;
    await checkReach(proxy ?? { host, port: tlsPort ?? port ?? 0 }, signal, deps.clock);
    const route = { proxy, host, port, tlsPort, vmid: ticket?.vmid ?? 0, trust };
    const gate = new ConnectGate({ clock: deps.clock, relays, route, name, acceptMs: TICKET_MS });
    await gate.door.open();
    const { password, caPem, hostSubject, secureAttention, toggleFullscreen, releaseCursor } = file;
    const content = formatViewerFile({
      ...{ type: 'spice', host: gate.host, port, tlsPort, proxy: gate.proxyUrl, deleteThisFile: true },
      ...{ password, caPem, hostSubject, secureAttention, toggleFullscreen, releaseCursor },
      title: `${name}, Sluice`,
    });
    return { door: gate.door, order: connectionFile(viewer, content) };
  }

  async #checkSpice(session: ClusterSession, place: Place, signal: AbortSignal): Promise<void> {
    const { spice, vnc } = await readDisplays(session.api, place, signal);
    if (!vnc) throw new AppError('not-running', `${place.label} is off. Start it, then open it.`, { retry: 'later' });
    if (spice) return;
    const advice = 'Set its display to SPICE or VirtIO-GPU, or open it in a VNC viewer.';
    throw new AppError('no-console', `${place.label} has no SPICE display. ${advice}`);
  }

  async #prepareScreen(
    session: ClusterSession,
    { clusterId, guestId }: ViewerWish,
    viewer: FoundViewer,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const { deps, relays, finder } = this.#options;
    const { clock } = deps;
    const place = await this.#place(clusterId, guestId);
    await checkGuest(session.api, place, 'vnc', signal);
    const screen = await openConsoleTunnel({
      clock,
      budget: relays.budget,
      idleLimits: relays.idleLimits,
      gate: relays.gate,
      session,
      finder,
      target: { kind: 'guest', clusterId, guestId },
      view: 'vnc',
      steps: new Steps(clock, 0, () => {}),
      signal,
    });
    const { handover } = viewer.program;
    const gate = new ScreenGate({ clock, relays, name: place.label, screen, hasPassword: handover.kind !== 'bare' });
    await gate.door.open().catch((error: unknown) => {
      screen.tunnel.dispose();
      throw error;
    });
    const { port } = gate.door;
    const password = gate.password ?? '';
    if (handover.kind === 'password-file') {
      const file = { name: 'passwd', content: vncPasswordFile(password) };
      return { door: gate.door, order: { args: (path) => handover.args(port, path), file, isStdin: false } };
    }
    if (handover.kind === 'bare')
      return { door: gate.door, order: { args: () => handover.args(port), isStdin: false } };
    const title = `${place.label}, Sluice`;
    const content = formatViewerFile({ type: 'vnc', host: '127.0.0.1', port, password, title, deleteThisFile: true });
    return { door: gate.door, order: connectionFile(viewer, content) };
  }
}

function connectionFile({ program: { handover } }: FoundViewer, content: string): ViewerOrder {
  const isStdin = handover.kind === 'vv' && handover.takesStdin;
  return { args: (file) => [file], file: { name: 'console.vv', content }, isStdin };
}

/** A viewer says little about why it did not get through; we can. Nothing is sent. */
async function checkReach(
  proxy: { host: string; port: number },
  signal: AbortSignal,
  clock: EngineDeps['clock'],
): Promise<void> {
  const probe = await connectTcp({ ...proxy, signal, clock });
  probe.onClose(() => {});
  probe.dispose();
}
