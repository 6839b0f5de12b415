import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { HttpAnswer, HttpRequest, OpenSocket } from './httpTypes.ts';
import { PoolAgent, type PoolRequestArgs } from './poolAgent.ts';
import { Slots } from './slots.ts';

const IDLE_MS = 3_500; // the server closes at 5 s, and our FIN has to be there before (PVE wire facts 11.1)
const REQUESTS_PER_SOCKET = 100; // the server's own limit (facts 11.2)
const SOCKETS = 6; // facts 11.4
const BACKGROUND_SOCKETS = 3; // polls leave the others to people
const MAX_BODY_BYTES = 64 << 20; // `/cluster/resources` of 5,000 guests is 2.5 MiB

/** Everything that one try of a request came to know about itself. */
interface Attempt {
  readonly wasReused: boolean;
  readonly wasSent: boolean;
  readonly gotBytes: boolean;
  readonly error: unknown;
}

export interface HttpPoolOptions {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** `host:port`, for the `Host` header. */
  readonly address: string;
}

/**
 * HTTP/1.1 to one address under one trust, over at most six kept-alive sockets. A GET that failed on a reused socket
 * before any byte of its answer is sent once more, on a new one; nothing else is ever sent twice.
 */
export class HttpPool {
  readonly #agent: PoolAgent;
  readonly #slots = new Slots(SOCKETS, BACKGROUND_SOCKETS);
  readonly #clock: Clock;
  readonly #address: string;
  #disposed = false;
  readonly #running = new Set<RequestGuard>();

  constructor(options: HttpPoolOptions) {
    const { openSocket, clock } = options;
    this.#agent = new PoolAgent({ openSocket, clock, idleMs: IDLE_MS, requestsPerSocket: REQUESTS_PER_SOCKET });
    this.#clock = clock;
    this.#address = options.address;
  }

  get socketCount(): number {
    return this.#agent.socketCount;
  }

  get idleCount(): number {
    return this.#agent.idleCount;
  }

  /**
   * Resolves with whatever the server answered, any status. Rejects with an AppError: `outcome-unknown` when a
   * request with side effects was written and not answered, else what the socket said, `timeout`, `aborted`, `closed`.
   */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const guard = new RequestGuard(this.#clock, request);
    this.#running.add(guard);
    if (this.#disposed) guard.end(closedError());
    try {
      await this.#slots.take(request.isBackground ?? false, guard);
      try {
        return await this.#withRetry(request, guard);
      } finally {
        this.#slots.give(request.isBackground ?? false);
      }
    } finally {
      this.#running.delete(guard);
      guard.dispose();
    }
  }

  /** Closes idle sockets with a FIN. */
  purge(): void {
    this.#agent.purge();
  }

  /** Ends everything now; requests under way reject with `closed`. */
  dispose(): void {
    this.#disposed = true;
    for (const guard of this.#running) guard.end(closedError());
    this.#agent.purge();
    this.#agent.destroy();
  }

  async #withRetry(request: HttpRequest, guard: RequestGuard): Promise<HttpAnswer> {
    const first = await this.#attempt(request, guard, false);
    if ('status' in first) return first;
    if (request.method !== 'GET' || guard.ended || !first.wasReused || first.gotBytes) throw failure(request, first);
    // What made this socket die has most likely ended the other idle ones too.
    this.#agent.purge();
    const second = await this.#attempt(request, guard, true);
    if ('status' in second) return second;
    throw failure(request, second);
  }

  #attempt(request: HttpRequest, guard: RequestGuard, fresh: boolean): Promise<HttpAnswer | Attempt> {
    return new Promise((resolve) => {
      const args: PoolRequestArgs = {
        agent: this.#agent,
        method: request.method,
        path: request.path,
        headers: { Host: this.#address, ...request.headers },
        setHost: false,
        fresh,
      };
      let outgoing: ClientRequest;
      try {
        outgoing = httpRequest(args);
      } catch (error) {
        resolve({ wasReused: false, wasSent: false, gotBytes: false, error });
        return;
      }
      watch(outgoing, guard, resolve);
      outgoing.end(request.body);
    });
  }
}

const closedError = () => new AppError('closed', 'The connection to the cluster was closed.');

/** The one deadline and the signal of a request, over both of its tries. */
class RequestGuard {
  ended: AppError | undefined;
  #onEnd: ((error: AppError) => void) | undefined;
  readonly #timer: Disposable;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.end(new AppError('aborted', 'The request was given up.'));

  constructor(clock: Clock, request: HttpRequest) {
    this.#timer = clock.timer(request.timeoutMs, () =>
      this.end(new AppError('timeout', 'The server did not answer in time.', { retry: 'later' })),
    );
    this.#signal = request.signal;
    if (this.#signal?.aborted) this.#onAbort();
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The one listener; called at once when it has ended already. */
  onEnd(listener: ((error: AppError) => void) | undefined): void {
    this.#onEnd = listener;
    if (this.ended) listener?.(this.ended);
  }

  end(error: AppError): void {
    if (this.ended) return;
    this.ended = error;
    this.#onEnd?.(error);
  }

  dispose(): void {
    this.#onEnd = undefined;
    this.#timer.dispose();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function watch(outgoing: ClientRequest, guard: RequestGuard, resolve: (result: HttpAnswer | Attempt) => void): void {
  let wasSent = false;
  let gotBytes = false;
  const onBytes = () => {
    gotBytes = true;
  };
  const fail = (error: unknown) => {
    guard.onEnd(undefined);
    resolve({ wasReused: outgoing.reusedSocket, wasSent, gotBytes, error });
    outgoing.destroy();
  };
  outgoing.on('socket', (socket: Duplex) => {
    wasSent = true;
    socket.prependListener('data', onBytes);
    outgoing.once('close', () => socket.removeListener('data', onBytes));
  });
  outgoing.on('error', (error) => fail(guard.ended ?? error));
  outgoing.on('response', (incoming) => {
    collect(incoming).then(
      (answer) => {
        guard.onEnd(undefined);
        resolve(answer);
      },
      (error: unknown) => fail(guard.ended ?? error),
    );
  });
  guard.onEnd(fail);
}

async function collect(incoming: IncomingMessage): Promise<HttpAnswer> {
  const encoding = incoming.headers['content-encoding'];
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const source = encoding === 'gzip' || encoding === 'x-gzip' ? incoming.pipe(createGunzip()) : incoming;
  if (source !== incoming) incoming.once('error', (error) => source.destroy(error));
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new AppError('limit', 'The answer of the server was larger than 64 MiB.');
    chunks.push(chunk);
  }
  return {
    status: incoming.statusCode ?? 0,
    reason: Buffer.from(incoming.statusMessage ?? '', 'latin1').toString('utf8'),
    contentType: incoming.headers['content-type'] ?? '',
    body: chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks),
  };
}

function failure(request: HttpRequest, attempt: Attempt): AppError {
  const { error } = attempt;
  const isOurs = error instanceof AppError;
  if (request.method !== 'GET' && attempt.wasSent) {
    return new AppError(
      'outcome-unknown',
      'The server was asked and its answer never came. Look whether it happened before you do it again.',
      { cause: error },
    );
  }
  if (isOurs) return error;
  return socketError(error);
}

/** What Node says when a socket breaks or the peer speaks something else than HTTP. */
function socketError(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) {
    return new AppError('not-proxmox', 'What answers at this address does not speak HTTP.', { cause: error });
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new AppError('reset', 'The server broke the connection.', { retry: 'later', cause: error });
  }
  if (code === 'Z_BUF_ERROR' || code === 'Z_DATA_ERROR') {
    return new AppError('protocol', 'The answer of the server could not be decompressed.', { cause: error });
  }
  return new AppError('reset', 'The connection to the server failed.', { retry: 'later', cause: error });
}
