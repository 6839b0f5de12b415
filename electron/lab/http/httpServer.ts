import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';

import type { Clock } from '../../../shared/base/clock.ts';
import type { LabQuirks } from '../quirks.ts';
import type { HttpApp, RequestRecord } from './app.ts';
import { HttpConnection } from './httpConnection.ts';
import { PlainRedirect } from './plainRedirect.ts';

const TLS_HANDSHAKE = 0x16; // first byte of a ClientHello record
const MAX_RECORDS = 10_000;

export interface ServerIdentity {
  readonly keyPem: string;
  readonly certificatePem: string;
}

export interface HttpServerDeps {
  readonly app: HttpApp;
  readonly quirks: LabQuirks;
  readonly clock: Clock;
  readonly identity: ServerIdentity;
  /** Which node of the cluster it is. */
  readonly node: string;
}

/** Listens on loopback, tells TLS from plain HTTP by the first byte, and knows every connection. */
export class HttpServer {
  readonly #deps: HttpServerDeps;
  readonly #tls: TlsServer;
  readonly #tcp: Server;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<HttpConnection>();
  readonly #records: RequestRecord[] = [];
  #nextId = 1;
  #accepted = 0;
  #refusesNew = false;
  #isSilent = false;
  #isClosing = false;

  constructor(deps: HttpServerDeps) {
    this.#deps = deps;
    const { keyPem, certificatePem } = deps.identity;
    this.#tls = createTlsServer({ key: keyPem, cert: certificatePem, minVersion: 'TLSv1.2', handshakeTimeout: 5000 });
    this.#tls.on('secureConnection', (socket) => {
      const connection: HttpConnection = new HttpConnection(socket, {
        id: this.#nextId++,
        app: deps.app,
        node: deps.node,
        quirks: deps.quirks,
        clock: deps.clock,
        mayKeepAlive: () => !this.#isClosing,
        record: (record) => this.#remember(record),
        onClose: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });
    this.#tls.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#tcp = createServer({ noDelay: true }, (socket) => this.#handleSocket(socket));
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  get acceptedSockets(): number {
    return this.#accepted;
  }

  /** Newest last, at most 10,000. */
  get records(): readonly RequestRecord[] {
    return this.#records;
  }

  forgetRecords(): void {
    this.#records.length = 0;
  }

  /** Resolves with the port. */
  async listen(port: number, host = '127.0.0.1'): Promise<number> {
    this.#tcp.listen(port, host);
    await once(this.#tcp, 'listening');
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** New handshakes get this one; connections that stand keep theirs. */
  replaceIdentity(identity: ServerIdentity): void {
    this.#tls.setSecureContext({ key: identity.keyPem, cert: identity.certificatePem, minVersion: 'TLSv1.2' });
  }

  /** Ends every connection at once, as a crash or a cable would; `reset` sends RST in place of FIN. */
  killConnections(reset: boolean): number {
    const count = this.#sockets.size;
    for (const socket of this.#sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.destroy();
    }
    return count;
  }

  /** True: what connects is closed right after accept, before TLS, as an IP filter does (row 26). */
  refuseNewConnections(refuses: boolean): void {
    this.#refusesNew = refuses;
  }

  /** True: what connects is never answered, and what is connected is cut. */
  fallSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    if (isSilent) this.killConnections(false);
  }

  /** Stops listening: new connections are refused by the system. */
  async stopListening(): Promise<void> {
    if (!this.#tcp.listening) return;
    this.#tcp.close();
    for (const socket of this.#sockets) if (this.#isClosing) socket.destroy();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = this.#tcp.listening ? once(this.#tcp, 'close') : undefined;
    await this.stopListening();
    this.killConnections(false);
    await closed;
  }

  #remember(record: RequestRecord): void {
    this.#records.push(record);
    if (this.#records.length > MAX_RECORDS * 1.1) this.#records.splice(0, this.#records.length - MAX_RECORDS);
  }

  #handleSocket(socket: Socket): void {
    this.#accepted += 1;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    if (this.#refusesNew) {
      socket.destroy();
      return;
    }
    if (this.#isSilent) {
      socket.resume();
      return;
    }
    const patience = this.#deps.clock.timer(this.#deps.quirks.idleCloseMs, () => socket.destroy());
    socket.once('close', () => patience.dispose());
    socket.once('data', (first: Buffer) => {
      patience.dispose();
      socket.pause();
      if (first[0] !== TLS_HANDSHAKE) {
        new PlainRedirect(socket, this.#deps, first);
        return;
      }
      socket.unshift(first);
      this.#tls.emit('connection', socket);
    });
  }
}
