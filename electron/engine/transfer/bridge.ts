import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6, type Socket } from 'node:net';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { BridgeState } from '../../../shared/model/transfer.ts';
import { formatAddress, type HostPort } from '../net/address.ts';
import { listen, type Listener } from '../net/listener.ts';
import type { SocketDuplex } from '../net/socketDuplex.ts';
import type { Relay } from '../relay/relay.ts';
import type { RelayRegistry } from '../relay/registry.ts';
import { openTarget, openWindow, type WindowPlan } from '../relay/target.ts';

const WINDOW_BYTES = 1 << 20; // 8 ms at 1 Gbit/s; twenty connections still fit the common budget twice
const MOST_CONNECTIONS = 256; // a migration has one for control, one for memory and a few a disk

export interface BridgeOptions {
  readonly listenHost: string;
  /** How the source node reaches it. */
  readonly host: string;
  readonly port: number;
  /** Addresses, names or networks (`10.0.0.0/24`) that may connect. */
  readonly allowedFrom: readonly string[];
  readonly target: HostPort;
  readonly relays: RelayRegistry;
  readonly clock: Clock;
  /** A connection came to nothing, in words for people. */
  readonly onFailure: (message: string) => void;
}

/**
 * Carries the connections of one remote migration to one fixed node. TLS goes through unopened: what signs in and what
 * is moved is between the two clusters (PVE wire facts 8.3). It takes connections from the addresses it was given and
 * resets all others, knows no idle limit, and holds no more than the common budget of relays lets it.
 */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #plan: WindowPlan;
  readonly #allowed: BlockList;
  readonly #relays = new Set<Relay>();
  readonly #opening = new Set<SocketDuplex>();
  readonly #abort = new AbortController();
  #listener: Listener | undefined;
  #accepted = 0;
  #refused = 0;
  #upBytes = 0; // of those that are over
  #downBytes = 0;

  private constructor(options: BridgeOptions, allowed: BlockList) {
    this.#options = options;
    this.#allowed = allowed;
    this.#plan = { budget: options.relays.budget, windowBytes: WINDOW_BYTES, weight: 'bulk' };
  }

  /** Listens. Fails as `listen` does, and with `invalid` where nobody could connect. */
  static async open(options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(options, await toBlockList(options.allowedFrom));
    bridge.#listener = await listen({
      on: { kind: 'tcp', address: { host: options.listenHost, port: options.port } },
      openWindow: () => openWindow(bridge.#plan),
      isWelcome: (socket) => bridge.#isWelcome(socket),
      onConnection: (duplex) => void bridge.#take(duplex),
      onRefused: () => options.onFailure('A connection was refused: all memory for connections is in use.'),
      clock: options.clock,
      label: 'source node',
    });
    return bridge;
  }

  /** What the source cluster has to be told. */
  get address(): HostPort {
    return { host: this.#options.host, port: this.#listener?.port ?? 0 };
  }

  get state(): BridgeState {
    const relays = [...this.#relays];
    return {
      address: formatAddress(this.address),
      allowedFrom: [...this.#options.allowedFrom],
      connections: relays.length,
      accepted: this.#accepted,
      refused: this.#refused,
      heldBytes: relays.reduce((sum, relay) => sum + relay.heldBytes, 0),
      upBytes: relays.reduce((sum, relay) => sum + relay.up.bytes, this.#upBytes),
      downBytes: relays.reduce((sum, relay) => sum + relay.down.bytes, this.#downBytes),
    };
  }

  /** Takes no more, sends what is held, closes all. */
  close(deadlineMs: number): void {
    this.#listener?.close();
    this.#abort.abort();
    for (const duplex of this.#opening) duplex.dispose();
    for (const relay of this.#relays) relay.close(deadlineMs);
  }

  #isWelcome(socket: Socket): boolean {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
    const isKnown = isIP(address) !== 0 && this.#allowed.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
    if (isKnown && this.#relays.size + this.#opening.size < MOST_CONNECTIONS) return true;
    this.#refused += 1;
    if (!isKnown)
      this.#options.onFailure(`A connection from ${address || 'somewhere'} was refused: it is not allowed to.`);
    return false;
  }

  async #take(local: SocketDuplex): Promise<void> {
    const { target, relays, clock, onFailure } = this.#options;
    this.#opening.add(local);
    try {
      const endpoint = { kind: 'tcp', address: target } as const;
      const tunnel = await openTarget({ endpoint, trust: {} }, this.#plan, this.#abort.signal, clock);
      const relay = relays.open({ label: `Bridge: ${formatAddress(target)}`, tunnel, remote: tunnel.duplex, local });
      this.#accepted += 1;
      this.#relays.add(relay);
      relay.onClose(() => this.#handleClosed(relay));
    } catch (error) {
      local.dispose(); // a reset, as if nobody listened
      if (!this.#abort.signal.aborted) onFailure(AppError.from(error).message);
    } finally {
      this.#opening.delete(local);
    }
  }

  #handleClosed(relay: Relay): void {
    this.#relays.delete(relay);
    this.#upBytes += relay.up.bytes;
    this.#downBytes += relay.down.bytes;
  }
}

async function toBlockList(places: readonly string[]): Promise<BlockList> {
  const list = new BlockList();
  for (const place of places) await addTo(list, place);
  if (places.length > 0 && list.rules.length > 0) return list;
  throw new AppError('invalid', 'Nobody could connect to the bridge. Give the addresses of the source nodes.');
}

async function addTo(list: BlockList, place: string): Promise<void> {
  const [host = '', bits] = place.split('/');
  if (bits !== undefined) {
    if (isIP(host) === 0 || !/^\d{1,3}$/.test(bits)) throw new AppError('invalid', `“${place}” is no network.`);
    list.addSubnet(host, Number(bits), isIPv6(host) ? 'ipv6' : 'ipv4');
    return;
  }
  const addresses = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
  for (const { address } of addresses) list.addAddress(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
