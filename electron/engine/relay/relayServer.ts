import { randomBytes, timingSafeEqual } from 'node:crypto';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Budget } from '../../../shared/flow/budget.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { acceptWebSocket, type Refusal, type UpgradeRequest } from '../net/acceptWebSocket.ts';
import { formatAddress } from '../net/address.ts';
import { listen, type Listener } from '../net/listener.ts';
import type { SocketDuplex } from '../net/socketDuplex.ts';
import type { Transport } from '../net/transport.ts';
import { type Endpoint, isLoopback } from './endpoint.ts';
import { RelayRegistry } from './registry.ts';
import type { Relay } from './relay.ts';
import { openTarget, openWindow, type Target, type WindowPlan } from './target.ts';

const SECRET_BYTES = 18; // of the path of a WebSocket listener: nobody else on this machine finds it

const REFUSAL_MS = 1_000;

export interface RelayServerOptions {
  /** `tcp`, `ws` or `unix`. */
  readonly listen: Endpoint;
  readonly target: Target;
  readonly windowBytes: number;
  readonly budget: Budget;
  readonly clock?: Clock;
}

export interface RelayEnd {
  readonly relay: Relay;
  readonly reason: CloseReason;
}

/**
 * Takes connections at one address and relays each to one target, all on one budget. A connection whose target cannot
 * be reached is closed; nothing is read from it before.
 */
export class RelayServer {
  readonly registry: RelayRegistry;
  readonly #options: RelayServerOptions;
  readonly #clock: Clock;
  readonly #plan: WindowPlan;
  readonly #abort = new AbortController();
  readonly #opening = new Set<SocketDuplex>();
  readonly #onEnd = new Emitter<RelayEnd>();
  readonly #onFailure = new Emitter<AppError>();
  /** A relay is over. */
  readonly onEnd = this.#onEnd.event;
  /** A connection was taken and became no relay. */
  readonly onFailure = this.#onFailure.event;
  readonly #path = `/${randomBytes(SECRET_BYTES).toString('base64url')}`;
  #listener: Listener | undefined;

  constructor(options: RelayServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.registry = new RelayRegistry({ budget: options.budget, clock: this.#clock });
    this.#plan = { budget: options.budget, windowBytes: options.windowBytes, weight: 'bulk' };
  }

  /** Begins to listen. Fails as `listen` does. */
  async start(): Promise<void> {
    const { listen: endpoint } = this.#options;
    const on =
      endpoint.kind === 'unix'
        ? ({ kind: 'unix', path: endpoint.path } as const)
        : ({ kind: 'tcp', address: endpoint.address } as const);
    this.#listener = await listen({
      on,
      openWindow: () => openWindow(this.#plan),
      onConnection: (duplex) => void this.#take(duplex),
      onRefused: () => this.#onFailure.fire(new AppError('limit', 'A connection was refused: all memory is in use.')),
      clock: this.#clock,
      label: 'the local end',
    });
  }

  /** Where it listens, as a client has to write it. */
  get address(): string {
    const { listen: endpoint } = this.#options;
    if (endpoint.kind === 'unix') return `unix:${endpoint.path}`;
    const address = formatAddress({ host: endpoint.address.host, port: this.port });
    return endpoint.kind === 'ws' ? `ws://${address}${this.#path}` : `tcp://${address}`;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Takes no more, sends what is held, closes all. Resolves when everything is closed. */
  async close(deadlineMs: number): Promise<void> {
    this.#listener?.close();
    this.#abort.abort();
    for (const duplex of this.#opening) duplex.dispose();
    await this.registry.close(deadlineMs);
  }

  async #take(accepted: SocketDuplex): Promise<void> {
    this.#opening.add(accepted);
    try {
      const isWebSocket = this.#options.listen.kind === 'ws';
      await this.#connect(isWebSocket ? await this.#shakeHands(accepted) : accepted);
    } catch (error) {
      this.#onFailure.fire(AppError.from(error));
    } finally {
      this.#opening.delete(accepted);
    }
  }

  async #connect(local: Transport): Promise<void> {
    try {
      const tunnel = await openTarget(this.#options.target, this.#plan, this.#abort.signal, this.#clock);
      this.#join(local, tunnel);
    } catch (error) {
      if (this.#options.listen.kind === 'ws') local.close(REFUSAL_MS, { kind: 'failed', error: AppError.from(error) });
      else local.dispose(); // a reset, as if nobody listened
      throw error;
    }
  }

  #join(local: Transport, tunnel: Awaited<ReturnType<typeof openTarget>>): void {
    const relay = this.registry.open({ label: tunnel.label, tunnel, remote: tunnel.duplex, local });
    relay.onClose((reason) => this.#onEnd.fire({ relay, reason }));
  }

  #shakeHands(accepted: SocketDuplex): Promise<Transport> {
    return acceptWebSocket(accepted, { authorize: (request) => this.#authorize(request), clock: this.#clock });
  }

  /** A page of a browser must not be able to talk to it: exact host, no foreign origin, and the secret in the path. */
  #authorize({ path, head }: UpgradeRequest): Refusal | undefined {
    const { listen: endpoint } = this.#options;
    if (endpoint.kind === 'unix') return undefined;
    const own = formatAddress({ host: endpoint.address.host, port: this.port });
    const host = head.fields.get('host') ?? '';
    const isOwnHost = host === own || !isLoopback(endpoint.address);
    const origin = head.fields.get('origin');
    const isOwnOrigin = origin === undefined || origin === `http://${host}`;
    if (!isOwnHost || !isOwnOrigin) return { status: 403, reason: 'Forbidden' };
    return isSame(path, this.#path) ? undefined : { status: 404, reason: 'Not Found' };
  }
}

function isSame(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
