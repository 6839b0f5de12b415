import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import { type WebSocket, WebSocketServer } from 'ws';

import { pageHeaders } from '../../../shared/wire/pagePolicy.ts';
import { createWebSocketLink } from '../../../shared/wire/webSocketLink.ts';
import type { Engine } from '../../engine/engine.ts';
import { type PageFile, readPageFiles } from './pageFiles.ts';
import type { PublicAddress } from './publicAddress.ts';
import { WebGuard } from './webGuard.ts';

const LOOPBACK = '127.0.0.1';
const HEADERS_TIMEOUT_MS = 10_000; // a browser sends them at once
const KEEP_ALIVE_MS = 75_000; // a proxy that keeps connections for 60 s is to end them, not we under its request
const MAX_FRAME_BYTES = 1 << 20; // from the page: calls and some 64 KiB of data a frame

export interface WebHostOptions {
  readonly engine: Pick<Engine, 'attach' | 'close' | 'launch'>;
  /** The built page. */
  readonly pageDir: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Where a reverse proxy on this machine shows it. Default: its own address on loopback. */
  readonly publicAddress?: PublicAddress | undefined;
}

export interface WebHost {
  /** Opens the page, once. */
  readonly url: string;
  readonly origin: string;
  /** Where it listens: `127.0.0.1:41234`. */
  readonly listensAt: string;
  /** Another one-time URL, for another browser. */
  newLoginUrl(): string;
  close(): Promise<void>;
}

/** Serves the page and its link to browsers of this machine, or to a proxy on it, on loopback only. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const files = await readPageFiles(options.pageDir);
  const guard = new WebGuard((count) => randomBytes(count));
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    (request, response) => {
      answer(request, response, guard, files);
    },
  );
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    clientTracking: true,
  });
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head, guard, sockets, options.engine));
  await listen(server, options.port ?? 0);
  const host = `${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  guard.setAddress(options.publicAddress ?? { origin: `http://${host}`, host, isSecure: false });
  return {
    url: guard.newLoginUrl(),
    origin: guard.origin,
    listensAt: host,
    newLoginUrl: () => guard.newLoginUrl(),
    close: () => close(server, sockets),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function close(server: Server, sockets: WebSocketServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.closeAllConnections();
  });
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  guard: WebGuard,
  files: ReadonlyMap<string, PageFile>,
): void {
  for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
  if (!guard.isHostRight(request)) return refuse(response, 421, 'This address is not served here.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET is answered.');
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const login = /^\/login\/([A-Za-z0-9_-]{20,100})$/.exec(path);
  if (login) return signIn(request, response, guard, login[1] ?? '');
  if (!guard.hasSession(request)) {
    return refuse(response, 401, 'Open Sluice with the address that it printed when it started. It works once.');
  }
  const file = files.get(path);
  if (!file) return refuse(response, 404, 'There is nothing here.');
  response.setHeader('Content-Type', file.contentType);
  response.setHeader('Content-Length', file.body.length);
  response.setHeader('Cache-Control', file.isImmutable ? 'private, max-age=31536000, immutable' : 'no-store');
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

/** Turns the secret of the URL into a cookie and leaves the URL behind. */
function signIn(request: IncomingMessage, response: ServerResponse, guard: WebGuard, secret: string): void {
  // A prefetch must not use up what works once.
  const isPrefetch = request.method !== 'GET' || /prefetch/.test(String(request.headers['sec-purpose'] ?? ''));
  if (isPrefetch) return refuse(response, 405, 'Open this address.');
  if (guard.redeem(secret)) response.setHeader('Set-Cookie', guard.cookie);
  else if (!guard.hasSession(request)) {
    return refuse(response, 410, 'This address was used before. Start Sluice again to get a new one.');
  }
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Location', '/');
  response.statusCode = 303;
  response.end();
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.end(`${text}\n`);
}

function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  guard: WebGuard,
  sockets: WebSocketServer,
  engine: Pick<Engine, 'attach' | 'close' | 'launch'>,
): void {
  socket.on('error', () => socket.destroy());
  const isOurs = guard.isHostRight(request) && guard.isOriginRight(request) && guard.hasSession(request);
  if (!isOurs || request.url !== '/link') {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
    engine.attach(createWebSocketLink(webSocket, { label: 'page in a browser' }));
  });
}
