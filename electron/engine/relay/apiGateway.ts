import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

import type { Clock } from '../../../shared/base/clock.ts';
import { AppError, type ErrorCode } from '../../../shared/base/errors.ts';
import type { ApiClient } from '../api/apiClient.ts';
import type { HttpRequest, StreamAnswer } from '../api/httpTypes.ts';
import { sizedBody } from './gatewayBody.ts';
import { headersForClient, headersForServer } from './gatewayHeaders.ts';
import { type DoorRules, hasBody, type Refused, refusalOf } from './gatewayRules.ts';

const HOST = '127.0.0.1';
const TOKEN_BYTES = 32;
const ANSWER_MS = 120_000; // the server gives its own backends 30 s; calls it serves itself may take longer
const CLIENT_IDLE_MS = 65_000; // longer than clients keep theirs, so that it is they who close
const CLIENT_HEAD_MS = 20_000;
const MOST_CLIENTS = 256;

export interface GatewayOptions {
  /** The client of the moment, signed in; throws where there is none. Asked for every request. */
  readonly api: () => ApiClient;
  readonly allowsWrites: boolean;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
}

/**
 * A door on this machine's loopback to a cluster's `/api2/`. Its two sides know nothing of each other's connections:
 * clients keep theirs or close them after each request, and every request takes whichever connection to the server is
 * idle in the session's pool. Requests are signed behind the door; what signs them is never shown.
 */
export class ApiGateway {
  readonly #options: GatewayOptions;
  readonly #server: Server;
  readonly #token = randomBytes(TOKEN_BYTES).toString('base64url');
  #closing: Promise<void> | undefined;

  private constructor(options: GatewayOptions) {
    this.#options = options;
    this.#server = createServer({
      keepAliveTimeout: CLIENT_IDLE_MS,
      headersTimeout: CLIENT_HEAD_MS,
      requestTimeout: 0, // an upload may take its time; who stalls is the server's to judge
      noDelay: true,
    });
    this.#server.maxConnections = MOST_CLIENTS;
    const handle = (request: IncomingMessage, response: ServerResponse) => this.#handle(request, response);
    this.#server.on('request', handle);
    // Judged before the client sends a body, not after.
    this.#server.on('checkContinue', handle);
    this.#server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
  }

  /** Opens it. `busy` where the port is taken. */
  static open(options: GatewayOptions): Promise<ApiGateway> {
    const gateway = new ApiGateway(options);
    return new Promise((resolve, reject) => {
      gateway.#server.once('error', (cause) => {
        const message = `Port ${options.port} of ${HOST} could not be opened. Choose another one.`;
        reject(new AppError('busy', message, { cause }));
      });
      gateway.#server.listen(options.port, HOST, () => resolve(gateway));
    });
  }

  get url(): string {
    return `http://${this.#host}`;
  }

  /** What clients show it: `Authorization: Bearer TOKEN`. Good for this door only. */
  get token(): string {
    return this.#token;
  }

  /** Takes no more, lets answers under way end, then cuts what is left. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      const limit = this.#options.clock.timer(deadlineMs, () => this.#server.closeAllConnections());
      this.#server.close(() => {
        limit.dispose();
        resolve();
      });
      this.#server.closeIdleConnections();
    });
    return this.#closing;
  }

  get #host(): string {
    return `${HOST}:${(this.#server.address() as AddressInfo | null)?.port ?? 0}`;
  }

  get #rules(): DoorRules {
    return { host: this.#host, token: this.#token, allowsWrites: this.#options.allowsWrites };
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refusalOf(request, this.#rules);
    if (refusal) return refuse(response, refusal);
    if (request.headers.expect !== undefined) response.writeContinue();
    const abort = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) abort.abort(); // the client is gone: nobody waits for the server's answer
    });
    this.#forward(request, abort.signal).then(
      (answer) => passOn(answer, response),
      (error: unknown) => refuse(response, refusedBy(AppError.from(error))),
    );
  }

  async #forward(request: IncomingMessage, signal: AbortSignal): Promise<StreamAnswer> {
    const { method = '', url = '' } = request;
    const headers = headersForServer(request.rawHeaders, url.length);
    if (!headers) {
      throw new AppError('limit', 'The server reads less than 64 header lines of 8 KiB together. Send fewer.');
    }
    const api = this.#options.api();
    const { body, bytes } = await sizedBody(request);
    const isSized = method === 'POST' || method === 'PUT';
    return await api.forward({
      method: method as HttpRequest['method'],
      path: url,
      headers: isSized ? { ...headers, 'Content-Length': String(bytes) } : headers,
      body,
      timeoutMs: ANSWER_MS,
      signal,
    });
  }
}

/** An end that breaks breaks the other: what was cut must not look whole. */
function passOn(answer: StreamAnswer, response: ServerResponse): void {
  if (response.destroyed) {
    answer.body.destroy();
    return;
  }
  response.sendDate = false; // the server's own passes
  response.writeHead(answer.status, answer.rawReason, headersForClient(answer.rawHeaders));
  pipeline(answer.body, response, () => {});
}

/** The answer is ours and not the server's: `Sluice-Error` tells, and the body says it in a sentence. */
function refuse(response: ServerResponse, { status, code, message, headers }: Refused): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = Buffer.from(`${JSON.stringify({ data: null, code, message })}\n`);
  // What the client still sends is not wanted any more.
  const isUnread = hasBody(response.req) && !response.req.complete;
  response.writeHead(status, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': String(body.length),
    'Cache-Control': 'no-store',
    'Sluice-Error': code,
    ...headers,
    ...(isUnread && { Connection: 'close' }),
  });
  response.end(body);
}

const statuses: Partial<Record<ErrorCode, number>> = {
  timeout: 504,
  limit: 413,
  busy: 503,
  'session-expired': 503,
  closed: 503,
  'not-found': 503, // the cluster is not in the list any more
  internal: 500,
};

function refusedBy({ code, message }: AppError): Refused {
  return { status: statuses[code] ?? 502, code, message };
}
