import { Agent, type ClientRequest, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { OpenSocket } from './httpTypes.ts';

const FIN_MS = 1_000; // a peer that does not close after our FIN is cut off

interface SocketState {
  requests: number;
  readonly keep: boolean;
  idle?: Disposable;
}

/** What we add to the options of a request; a fresh one never takes nor leaves a kept socket. */
export interface PoolRequestArgs extends ClientRequestArgs {
  readonly fresh?: boolean;
}

// What `createConnection` may call back with: an error alone, or a socket.
type Created = (error: Error | null, socket: Duplex) => void;

/**
 * Node's agent with our sockets and our limits: idle sockets are closed with a FIN before the server does it, and
 * each serves a bounded number of requests.
 */
export class PoolAgent extends Agent {
  readonly #states = new Map<Duplex, SocketState>();
  readonly #free = new Set<Duplex>();
  readonly #closing = new AbortController();
  readonly #openSocket: OpenSocket;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #requestsPerSocket: number;

  constructor(options: { openSocket: OpenSocket; clock: Clock; idleMs: number; requestsPerSocket: number }) {
    super({ keepAlive: true, maxFreeSockets: 6, scheduling: 'lifo' });
    this.#openSocket = options.openSocket;
    this.#clock = options.clock;
    this.#idleMs = options.idleMs;
    this.#requestsPerSocket = options.requestsPerSocket;
  }

  get socketCount(): number {
    return this.#states.size;
  }

  get idleCount(): number {
    return this.#free.size;
  }

  override getName(options?: PoolRequestArgs): string {
    return options?.fresh ? 'fresh' : 'pool';
  }

  override createConnection(options: PoolRequestArgs, callback?: Created): undefined {
    const created = callback as (error: Error | null, socket?: Duplex) => void;
    this.#openSocket(this.#closing.signal).then(
      (socket) => {
        this.#states.set(socket, { requests: 1, keep: !options.fresh });
        socket.once('close', () => this.#forget(socket));
        socket.resume(); // it may come paused; nothing is said on it before we ask
        socket.once('end', () => this.#endIdle(socket));
        if (this.#closing.signal.aborted) socket.destroy();
        created(null, socket);
      },
      (error: Error) => created(error),
    );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const state = this.#states.get(socket);
    if (!state?.keep || state.requests >= this.#requestsPerSocket || this.#closing.signal.aborted) return false;
    this.#free.add(socket);
    state.idle = this.#clock.timer(this.#idleMs, () => this.#endIdle(socket));
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    this.#free.delete(socket);
    const state = this.#states.get(socket);
    if (!state) return;
    state.idle?.dispose();
    state.requests += 1;
  }

  /** Closes the idle sockets with a clean FIN; those at work finish. */
  purge(): void {
    for (const socket of [...this.#free]) this.#endIdle(socket);
  }

  override destroy(): void {
    this.#closing.abort();
    super.destroy();
  }

  #endIdle(socket: Duplex): void {
    if (!this.#free.delete(socket)) return;
    socket.end();
    // Node forgets a free socket on this event alone, and only one that is not writable any more: it comes behind the
    // end. Without it a socket that is ended could still be handed out.
    socket.emit('agentRemove');
    const limit = this.#clock.timer(FIN_MS, () => socket.destroy());
    socket.once('close', () => limit.dispose());
  }

  #forget(socket: Duplex): void {
    this.#free.delete(socket);
    this.#states.get(socket)?.idle?.dispose();
    this.#states.delete(socket);
  }
}
