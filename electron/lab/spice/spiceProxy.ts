import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import type { Clock } from '../../../shared/base/clock.ts';
import type { TicketOffice } from '../auth/tickets.ts';
import type { LabQuirks } from '../quirks.ts';

const HEAD_MS = 5_000; // PVE wire facts 5.2
const MAX_HEAD_BYTES = 8_192;
const FIRST_PORT = 61_000;
const LAST_PORT = 61_999;
const MAX_CONNECTIONS = 500;
const KEPT_METERS = 200;

/** One CONNECT that got its tunnel. */
export interface SpiceMeter {
  readonly port: number;
  bytesToClient: number;
  bytesToBackend: number;
  isOpen: boolean;
}

export interface SpiceProxyDeps {
  readonly clock: Clock;
  readonly quirks: LabQuirks;
  readonly tickets: TicketOffice;
}

interface Asked {
  readonly method: string;
  readonly version: string;
  /** Of the Host header: the request line is not looked at. */
  readonly host: string;
  readonly restAt: number;
}

/** Port 3128 of a node: plain HTTP, CONNECT only, one for each channel of a SPICE viewer (PVE wire facts 5.2). */
export class SpiceProxy {
  readonly #deps: SpiceProxyDeps;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly meters: SpiceMeter[] = [];
  #asked = 0;

  constructor(deps: SpiceProxyDeps) {
    this.#deps = deps;
    this.#server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => this.#take(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Requests so far, refused ones too. */
  get askedCount(): number {
    return this.#asked;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #take(socket: Socket): void {
    this.#keep(socket);
    const patience = this.#deps.clock.timer(HEAD_MS, () => socket.destroy());
    socket.once('close', () => patience.dispose());
    let head = Buffer.alloc(0);
    const handleData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const asked = readHead(head);
      if (!asked && head.length <= MAX_HEAD_BYTES) return;
      patience.dispose();
      socket.off('data', handleData);
      socket.pause();
      if (asked) this.#answer(socket, asked, head.subarray(asked.restAt));
      else socket.destroy();
    };
    socket.on('data', handleData);
  }

  #answer(socket: Socket, { method, version, host }: Asked, early: Buffer): void {
    this.#asked += 1;
    if (method !== 'CONNECT') return refuse(socket, version, 501, `method '${method}' not available`);
    const [, ticket = '', port = ''] = /^(.*):(\d+)$/.exec(host) ?? [];
    if (!this.#deps.tickets.isSpiceTicket(ticket, Number(port))) return refuse(socket, version, 401, 'invalid ticket');
    if (Number(port) < FIRST_PORT || Number(port) > LAST_PORT) {
      socket.destroy(); // without a byte
      return;
    }
    if (!this.#deps.quirks.deadBackend) this.#tunnel(socket, version, Number(port), early);
  }

  /** A backend that is not there is met with silence, for ever. */
  #tunnel(socket: Socket, version: string, port: number, early: Buffer): void {
    const backend = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#keep(backend);
    backend.once('connect', () => {
      const meter: SpiceMeter = { port, bytesToClient: 0, bytesToBackend: early.length, isOpen: true };
      this.meters.push(meter);
      if (this.meters.length > KEPT_METERS) this.meters.shift();
      socket.write(`HTTP/${version} 200 OK\r\n\r\n`);
      backend.write(early);
      backend.on('data', (chunk: Buffer) => (meter.bytesToClient += this.#pass(chunk, backend, socket)));
      socket.on('data', (chunk: Buffer) => (meter.bytesToBackend += this.#pass(chunk, socket, backend)));
      socket.resume();
      const end = () => (meter.isOpen = false);
      backend.once('close', end);
      backend.once('close', () => socket.end());
    });
    socket.once('close', () => backend.destroy());
  }

  #pass(chunk: Buffer, from: Socket, to: Socket): number {
    const isFull = !to.write(chunk);
    if (isFull && this.#deps.quirks.webSocketBuffer === 'backpressure') {
      from.pause();
      to.once('drain', () => from.resume());
    }
    return chunk.length;
  }
}

function readHead(bytes: Buffer): Asked | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...fields] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, method = '', version = '1.0'] = /^(\S+) \S+ HTTP\/(1\.[01])$/.exec(first) ?? [];
  const host = fields.map((line) => /^host:\s*(.*)$/i.exec(line)?.[1]).find((value) => value !== undefined);
  return { method, version, host: host ?? '', restAt: end + 4 };
}

function refuse(socket: Socket, version: string, status: number, reason: string): void {
  socket.end(
    `HTTP/${version} ${status} ${reason}\r\nContent-Length: ${reason.length}\r\nConnection: close\r\n\r\n${reason}`,
  );
}
