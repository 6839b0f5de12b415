import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

const PATH = '/callback';
const MOST_CONNECTIONS = 16; // a browser opens a few ahead
const HEAD_TIMEOUT_MS = 5_000;
const MOST_CODE = 4096; // what the server takes (PVE wire facts 1.6)
const MOST_WORDS = 200;

/**
 * A loopback door for one answer of an OpenID provider. It takes exactly the answer that carries the state the server
 * gave out; anything else is refused and changes nothing.
 */
export class CallbackDoor implements Disposable {
  readonly #server: Server;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  readonly #state: Promise<string>;
  #knowState: (state: string) => void = () => {};
  #take: (code: string) => void = () => {};
  #fail: (error: AppError) => void = () => {};
  #isOver = false;

  /** Resolves with the code, rejects with `login-failed` where the provider refused, or with what ended the door. */
  readonly code: Promise<string>;

  /** Of a server that listens. */
  constructor(server: Server) {
    this.#server = server;
    this.#host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#state = new Promise((resolve) => {
      this.#knowState = resolve;
    });
    this.code = new Promise((resolve, reject) => {
      this.#take = resolve;
      this.#fail = reject;
    });
    this.code.catch(() => {}); // nobody may be waiting yet
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response));
  }

  static async open(): Promise<CallbackDoor> {
    const server = createServer({ headersTimeout: HEAD_TIMEOUT_MS, requestTimeout: HEAD_TIMEOUT_MS });
    server.maxConnections = MOST_CONNECTIONS;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CallbackDoor(server);
  }

  /** Where the provider is to send the browser. */
  get redirectUrl(): string {
    return `http://${this.#host}${PATH}`;
  }

  /** What an answer has to carry. Answers that come before wait for it. */
  expect(state: string): void {
    this.#knowState(state);
  }

  /** The reason is told to whoever waits for the code. */
  end(error: AppError): void {
    this.#fail(error);
    this.#close();
  }

  dispose(): void {
    this.end(new AppError('aborted', 'The sign-in was given up.'));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isForUs = request.method === 'GET' && request.headers.host === this.#host && url.pathname === PATH;
    if (!isForUs || this.#isOver) return say(response, 404, 'Nothing is here.');
    const state = url.searchParams.get('state') ?? '';
    if (!isSame(state, await this.#state)) {
      return say(response, 400, 'This answer belongs to no sign-in that Sluice has begun. Start again in Sluice.');
    }
    const code = url.searchParams.get('code') ?? '';
    if (code !== '' && code.length <= MOST_CODE) {
      say(response, 200, 'The identity provider has answered. Go back to Sluice; this page can be closed.');
      this.#take(code);
    } else {
      say(response, 200, 'The identity provider did not sign you in. Go back to Sluice.');
      this.#fail(refusal(url.searchParams));
    }
    this.#close(request.socket);
  }

  /** The answered one ends itself behind its answer. */
  #close(answered?: Socket): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#server.close();
    for (const socket of this.#sockets) if (socket !== answered) socket.destroy();
  }
}

function refusal(query: URLSearchParams): AppError {
  const words = (query.get('error_description') ?? query.get('error') ?? 'it gave no reason').slice(0, MOST_WORDS);
  return new AppError('login-failed', `The identity provider did not sign you in: ${words}. Try again.`);
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function say(response: ServerResponse, status: number, text: string): void {
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sluice</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style></head><body><p>${text}</p></body></html>`;
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  });
  response.end(html);
}
