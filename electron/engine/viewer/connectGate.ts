import { randomBytes, timingSafeEqual } from 'node:crypto';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Prelude } from '../console/prelude.ts';
import { formatAddress, type HostPort } from '../net/address.ts';
import { connectTcp, connectTls } from '../net/connector.ts';
import type { Trust } from '../net/trust.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import type { Relay } from '../relay/relay.ts';
import { openWindow, type WindowPlan } from '../relay/target.ts';
import { PlainTunnel } from '../tunnel/plainTunnel.ts';
import { ConnectRequest } from './connectRequest.ts';
import { LoopbackDoor, noMemory } from './loopbackDoor.ts';

const HEAD_MS = 5_000; // as the server's own
const TUNNEL_MS = 10_000; // a dead backend is met with silence (PVE wire facts 5.2)
const WINDOW_BYTES = 1 << 20; // 8 ms at 1 Gbit/s
const SECRET_BYTES = 20;
// Main, display, inputs, cursor, playback, record, smart card, WebDAV, and a few of USB and of further screens; a guest
// that moves takes them all again.
const MOST_CHANNELS = 64;

/** What the server's ticket opens. */
export interface SpiceRoute {
  /** Of the cluster's SPICE proxy; without one `host` is connected to itself. */
  readonly proxy?: HostPort | undefined;
  /** The ticket, which only the proxy understands, or the name of a host. */
  readonly host: string;
  readonly tlsPort?: number | undefined;
  /** Of channels without TLS. */
  readonly port?: number | undefined;
  readonly vmid: number;
  /** The channels go through TLS that is opened here, not by the viewer; `port` is where. */
  readonly trust?: Trust | undefined;
}

export interface ConnectGateOptions {
  readonly clock: Clock;
  readonly relays: RelayRegistry;
  readonly route: SpiceRoute;
  /** Of the guest, for people. */
  readonly name: string;
  /** How long the ticket is good. */
  readonly acceptMs: number;
}

/**
 * An HTTP proxy on loopback for one SPICE viewer: it knows CONNECT to one secret host, and leads to the cluster's own
 * proxy with the ticket, which never leaves the engine. Every channel is a relay with a window (PVE wire facts 5.2).
 */
export class ConnectGate {
  readonly door: LoopbackDoor;
  /** In place of a host name in the viewer's file. */
  readonly host = `sluice-${randomBytes(SECRET_BYTES).toString('hex')}`;
  readonly #options: ConnectGateOptions;
  readonly #plan: WindowPlan;

  constructor(options: ConnectGateOptions) {
    this.#options = options;
    this.#plan = { budget: options.relays.budget, windowBytes: WINDOW_BYTES, weight: 'bulk' };
    this.door = new LoopbackDoor({
      clock: options.clock,
      label: `the viewer of ${options.name}`,
      openWindow: () => openWindow(this.#plan),
      mostRelays: MOST_CHANNELS,
      acceptMs: options.acceptMs,
      admit: (local, signal) => this.#admit(local, signal),
    });
  }

  get proxyUrl(): string {
    return `http://${formatAddress({ host: '127.0.0.1', port: this.door.port })}`;
  }

  async #admit(local: Prelude, signal: AbortSignal): Promise<Relay> {
    const request = new ConnectRequest();
    await local.run(request, HEAD_MS);
    try {
      return await this.#connect(local, request, signal);
    } catch (error) {
      const known = AppError.from(error);
      answer(local, request, known.detail?.['step'] === 'proxy' ? '502 Bad Gateway' : '403 Forbidden');
      throw known;
    }
  }

  async #connect(local: Prelude, request: ConnectRequest, signal: AbortSignal): Promise<Relay> {
    const { route, clock, relays, name } = this.#options;
    const upstream = this.#upstream(request.authority);
    if (!upstream) throw new AppError('forbidden', 'Something else than the viewer asked for a channel.');
    const window = openWindow(this.#plan);
    if (!window) throw noMemory();
    const label = `Spice: ${name}`;
    const { host, port, authority = formatAddress({ host, port }) } = upstream;
    const via = route.proxy && { address: route.proxy, authority };
    const place = { host: route.proxy?.host ?? host, port };
    try {
      const common = { ...place, via, window, label, clock, signal, timeoutMs: TUNNEL_MS };
      const remote = await (route.trust ? connectTls({ ...common, trust: route.trust }) : connectTcp(common));
      answer(local, request, '200 OK');
      return relays.open({ label, tunnel: new PlainTunnel(remote, window, { clock }), remote, local });
    } catch (error) {
      window.dispose();
      throw atProxy(AppError.from(error));
    }
  }

  /** What to ask the cluster's proxy for. A guest that has moved names its new place itself, with a ticket for it. */
  #upstream(authority: string): { host: string; port: number; authority?: string } | undefined {
    const { route } = this.#options;
    const ports = [route.tlsPort, route.port].filter((port) => port !== undefined);
    const own = ports.find((port) => isSame(authority, `${this.host}:${port}`));
    if (!this.door.isExpired && own !== undefined) {
      return { host: route.host, port: own, ...(route.proxy && { authority: `${route.host}:${own}` }) };
    }
    if (!route.proxy) return undefined;
    const moved = /^pvespiceproxy:[0-9a-f]{8}:(\d+):[a-z0-9.-]+(?::\d+)?::[0-9a-f]{40}:61\d{3}$/.exec(authority);
    if (this.door.relayCount === 0 || moved?.[1] !== String(route.vmid)) return undefined;
    return { host: route.proxy.host, port: route.tlsPort ?? 0, authority };
  }
}

/** Told apart from what a stranger's connection fails with. */
function atProxy({ code, message, retry, detail, cause }: AppError): AppError {
  return new AppError(code, message, { retry, detail: { ...detail, step: 'proxy' }, cause });
}

function answer(local: Prelude, { version }: ConnectRequest, status: string): void {
  local.write(Buffer.from(`HTTP/${version} ${status}\r\n\r\n`));
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
