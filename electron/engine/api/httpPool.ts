import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { attempt, failure, type Outgoing } from './attempt.ts';
import type { HttpAnswer, HttpRequest, OpenSocket, RequestPool, StreamAnswer, StreamRequest } from './httpTypes.ts';
import { PoolAgent } from './poolAgent.ts';
import { closedError, RequestGuard } from './requestGuard.ts';
import { Slots } from './slots.ts';

const IDLE_MS = 3_500; // the server closes at 5 s, and our FIN has to be there before (PVE wire facts 11.1)
const REQUESTS_PER_SOCKET = 100; // the server's own limit (facts 11.2)
const SOCKETS = 6; // facts 11.4
const BACKGROUND_SOCKETS = 3; // polls leave the others to people
const MAX_BODY_BYTES = 64 << 20; // `/cluster/resources` of 5,000 guests is 2.5 MiB

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
export class HttpPool implements RequestPool {
  readonly #agent: PoolAgent;
  readonly #slots = new Slots(SOCKETS, BACKGROUND_SOCKETS);
  readonly #clock: Clock;
  readonly #address: string;
  #disposed = false;
  #isRetired = false;
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
  request(request: HttpRequest): Promise<HttpAnswer> {
    return this.#guarded(request, (guard) => this.#withRetry(request, guard, collect));
  }

  /**
   * The same for an answer that is passed on as it comes: not decompressed, not bounded, and `timeoutMs` counts to its
   * first byte. The socket is in use until `body` has closed; who does not read it to its end destroys it.
   */
  async stream(request: StreamRequest): Promise<StreamAnswer> {
    let release = () => {};
    const closed = new Promise<void>((resolve) => {
      release = resolve;
    });
    return await new Promise((resolve, reject) => {
      const work = this.#guarded(request, async (guard) => {
        const answer = await this.#withRetry(request, guard, (incoming) => Promise.resolve(toStream(incoming)));
        guard.disarm();
        answer.body.once('close', release);
        guard.onEnd((error) => answer.body.destroy(error));
        resolve(answer);
        await closed;
      });
      work.catch(reject);
    });
  }

  /** Closes idle sockets with a FIN. */
  purge(): void {
    this.#agent.purge();
  }

  /** Closes what is idle, and the rest when the requests under way have ended, each by itself. */
  retire(): void {
    this.#isRetired = true;
    this.#agent.purge();
    if (this.#running.size === 0) this.dispose();
  }

  /** Ends everything now; requests under way reject with `closed`. */
  dispose(): void {
    this.#disposed = true;
    for (const guard of this.#running) guard.end(closedError());
    this.#agent.purge();
    this.#agent.destroy();
  }

  async #guarded<T>(
    request: Pick<HttpRequest, 'timeoutMs' | 'signal' | 'isBackground'>,
    work: (guard: RequestGuard) => Promise<T>,
  ): Promise<T> {
    const guard = new RequestGuard(this.#clock, request);
    this.#running.add(guard);
    if (this.#disposed) guard.end(closedError());
    try {
      await this.#slots.take(request.isBackground ?? false, guard);
      try {
        return await work(guard);
      } finally {
        this.#slots.give(request.isBackground ?? false);
      }
    } finally {
      this.#running.delete(guard);
      guard.dispose();
      if (this.#isRetired && this.#running.size === 0) this.dispose();
    }
  }

  async #withRetry<T>(
    request: Outgoing,
    guard: RequestGuard,
    take: (incoming: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const options = { agent: this.#agent, address: this.#address, guard, take };
    const first = await attempt(request, { ...options, fresh: false });
    if (first.answer !== undefined) return first.answer;
    if (request.method !== 'GET' || guard.ended || !first.wasReused || first.gotBytes) {
      throw failure(request.method, first);
    }
    // What made this socket die has most likely ended the other idle ones too.
    this.#agent.purge();
    const second = await attempt(request, { ...options, fresh: true });
    if (second.answer !== undefined) return second.answer;
    throw failure(request.method, second);
  }
}

function toStream(incoming: IncomingMessage): StreamAnswer {
  return {
    status: incoming.statusCode ?? 0,
    rawReason: incoming.statusMessage ?? '',
    rawHeaders: incoming.rawHeaders,
    body: incoming,
  };
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
    setCookies: incoming.headers['set-cookie'] ?? [],
    body: chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks),
  };
}
