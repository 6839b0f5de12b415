import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { createAuthority, issueCertificate } from '../pki/certificate.ts';
import type { LabDatastore } from './datastore.ts';
import { PbsAuth, type PbsIdentity } from './pbsAuth.ts';
import { createPbsQuirks, type PbsQuirks } from './pbsQuirks.ts';
import type { PbsServices } from './pbsServices.ts';
import { type ReaderMeter, ReaderSession } from './readerSession.ts';
import { type ReaderTask, ReaderTasks } from './readerTasks.ts';
import { PbsError, sendError, sendJson } from './restAnswer.ts';
import { answerGet, snapshotKey, snapshotNamed } from './restApi.ts';
import { sampleDatastores } from './samples.ts';

const PROTOCOL = 'proxmox-backup-reader-protocol-v1';
const MAX_BODY_BYTES = 512 << 10;
const realms = [
  { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication', default: true },
  { realm: 'pbs', type: 'pbs', comment: 'Proxmox Backup authentication server' },
];
const SUBJECT = [
  ['O', 'Proxmox Backup Server'],
  ['CN', 'pbs1.lab.internal'],
] as const;

export interface PbsLabOptions {
  readonly clock?: Clock;
  readonly quirks?: Partial<PbsQuirks>;
  /** Of root@pam; random where absent. */
  readonly password?: string;
  readonly port?: number;
  /** Default: small samples of everything. */
  readonly datastores?: LabDatastore[];
}

/** A Backup Server of our own in this process, on loopback (PBS facts 9). Everything below `quirks` is for tests. */
export class PbsLab {
  readonly quirks: PbsQuirks;
  readonly fingerprint: string;
  /** Of the authority that signed its certificate, PEM. */
  readonly caPem: string;
  readonly username = 'root@pam';
  readonly readers: ReaderSession[] = [];
  readonly #services: PbsServices;
  readonly #server: Server;
  /** By the client's port: what TLS and HTTP/2 run on, for ends that are not polite. */
  readonly #sockets = new Map<number, Socket>();
  /** Paths with their queries, newest last. */
  readonly requests: string[] = [];
  #port = 0;

  private constructor(options: PbsLabOptions) {
    const clock = options.clock ?? systemClock;
    const nowS = () => clock.wallMs() / 1000;
    this.quirks = createPbsQuirks(options.quirks);
    const datastores = options.datastores ?? sampleDatastores();
    const auth = new PbsAuth(nowS, options.password);
    this.#services = { clock, quirks: this.quirks, auth, datastores, tasks: new ReaderTasks(nowS), nowS };
    const authority = createAuthority([['O', 'Proxmox Backup Server']], clock.wallMs());
    const issued = issueCertificate(
      authority,
      SUBJECT,
      ['localhost', '127.0.0.1', 'pbs1.lab.internal'],
      clock.wallMs(),
    );
    this.fingerprint = issued.fingerprint;
    this.caPem = authority.certificatePem;
    this.#server = createServer({ key: issued.keyPem, cert: issued.certificatePem, minVersion: 'TLSv1.2' });
    this.#server.on('request', (request, response) => void this.#handle(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket as TLSSocket, head));
    this.#server.on('connection', (socket: Socket) => {
      const { remotePort = 0 } = socket;
      this.#sockets.set(remotePort, socket);
      socket.once('close', () => this.#sockets.delete(remotePort));
    });
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  static async start(options: PbsLabOptions = {}): Promise<PbsLab> {
    const lab = new PbsLab(options);
    lab.#server.listen(options.port ?? 0, '127.0.0.1');
    await once(lab.#server, 'listening');
    lab.#port = (lab.#server.address() as AddressInfo).port;
    return lab;
  }

  get port(): number {
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get password(): string {
    return this.#services.auth.passwords.get('root@pam') ?? '';
  }

  /** May sign in and read nothing. */
  get stranger(): { readonly username: string; readonly password: string } {
    return { username: 'eve@pbs', password: this.#services.auth.passwords.get('eve@pbs') ?? '' };
  }

  /** Of root@pam; all of it, as the header has it. */
  get apiToken(): { readonly id: string; readonly secret: string } {
    return { id: 'root@pam!lab', secret: this.#services.auth.tokenSecret };
  }

  get datastores(): readonly LabDatastore[] {
    return this.#services.datastores;
  }

  get tasks(): readonly ReaderTask[] {
    return this.#services.tasks.all;
  }

  get meters(): readonly ReaderMeter[] {
    return this.readers.map(({ meter }) => meter);
  }

  /** Resets every reader's connection. Gives how many were open. */
  resetReaders(): number {
    const open = this.readers.filter(({ meter }) => meter.isOpen);
    for (const reader of open) reader.reset();
    return open.length;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets.values()) socket.destroy();
    await once(this.#server, 'close');
  }

  #identify(request: IncomingMessage): PbsIdentity {
    const identity = this.#services.auth.identify(request.headers.cookie ?? '', request.headers.authorization ?? '');
    if (!identity) throw new PbsError(401, 'authentication failed - no authentication credentials provided.');
    const token = request.headers['csrfpreventiontoken'];
    const needsCsrf = identity.isTicket && request.method !== 'GET';
    if (needsCsrf && !this.#services.auth.isCsrfOf(String(token ?? ''), identity.authId)) {
      throw new PbsError(401, 'authentication failed - invalid csrf token');
    }
    return identity;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*/, '').replace(/^\/api2\/json/, '');
    this.requests.push(`${request.method} ${request.url}`);
    try {
      if (path === '/access/domains') return sendJson(response, realms);
      if (path === '/access/ticket' && request.method === 'POST') return await this.#signIn(request, response);
      const identity = this.#identify(request);
      if (path === '/access/ticket' && request.method === 'DELETE') return sendJson(response, null);
      if (request.method !== 'GET') throw new PbsError(404, `Path '${path}' not found.`);
      await answerGet(this.#services, identity, request, response);
    } catch (error) {
      await this.#late(error);
      sendError(response, error);
    }
  }

  async #signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const params = new URLSearchParams(await bodyOf(request));
    const user = params.get('username') ?? '';
    const { auth, quirks } = this.#services;
    if (!auth.isRight(user, params.get('password') ?? '')) throw new PbsError(401, 'authentication failed');
    const ticket = auth.ticket(user);
    const common = { username: user, CSRFPreventionToken: auth.csrf(user) };
    if (quirks.ticketIn === 'body') return sendJson(response, { ...common, ticket });
    const cookie = `__Host-PBSAuthCookie=${encodeURIComponent(ticket)}; Secure; SameSite=Lax; HttpOnly; Path=/;`;
    response.setHeader('set-cookie', cookie);
    sendJson(response, { ...common, 'ticket-info': `${ticket.split('::')[0] ?? ''}::ticketinfo` });
  }

  async #late(error: unknown): Promise<void> {
    if (!(error instanceof PbsError) || error.status !== 401) return;
    const { clock, quirks } = this.#services;
    await new Promise<void>((resolve) => clock.timer(quirks.authDelayMs, resolve));
  }

  async #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    this.requests.push(`GET ${request.url} (upgrade)`);
    try {
      const url = new URL(request.url ?? '/', 'https://pbs');
      if (url.pathname !== '/api2/json/reader') throw new PbsError(404, `Path '${url.pathname}' not found.`);
      const identity = this.#identify(request);
      if (request.headers.upgrade !== PROTOCOL) throw new PbsError(400, 'invalid protocol name');
      this.#startReader(socket, head, { identity, params: url.searchParams });
    } catch (error) {
      await this.#late(error);
      const text = error instanceof Error ? error.message : String(error);
      const status = error instanceof PbsError ? error.status : 400;
      socket.end(
        `HTTP/1.1 ${status} Error\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
    }
  }

  #startReader(socket: TLSSocket, head: Buffer, asked: { identity: PbsIdentity; params: URLSearchParams }): void {
    const { identity, params } = asked;
    const name = params.get('store') ?? '';
    const store = this.#services.datastores.find((one) => one.name === name);
    if (!store || !this.#services.auth.mayRead(identity))
      throw new PbsError(400, `no permissions on /datastore/${name}`);
    const key = snapshotKey(params);
    const snapshot = snapshotNamed(store, key);
    if (this.quirks.isLocked) throw new PbsError(400, 'locked by another operation');
    const workerId = `${name}:${key.type}/${key.id}/${key.timeS.toString(16).toUpperCase()}`;
    const task = this.#services.tasks.start(workerId, identity.authId);
    const connection = this.quirks.saysConnectionUpgrade ? 'connection: upgrade\r\n' : '';
    if (head.length > 0) socket.unshift(head);
    // HTTP/2 takes the socket over when nothing of HTTP/1 is being written any more.
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${connection}upgrade: ${PROTOCOL}\r\n\r\n`, (error) => {
      if (error || socket.destroyed) return this.#services.tasks.end(task);
      const wire = this.#sockets.get(socket.remotePort ?? 0) ?? socket;
      this.readers.push(new ReaderSession(socket, { wire, services: this.#services, snapshot, task }));
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new PbsError(400, 'body too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
