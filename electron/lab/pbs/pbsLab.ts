import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { TicketOffice } from '../auth/tickets.ts';
import { totpCode } from '../auth/totp.ts';
import { randomPassword, type User, UserStore } from '../auth/users.ts';
import { describeKeys } from '../describeKeys.ts';
import { ApiError } from '../http/apiError.ts';
import type { TotpAccount } from '../labTypes.ts';
import { LoginApi } from '../login/loginApi.ts';
import { createAuthority, issueCertificate } from '../pki/certificate.ts';
import type { LabDatastore } from './datastore.ts';
import { createPbsQuirks, type PbsQuirks } from './pbsQuirks.ts';
import type { PbsServices } from './pbsServices.ts';
import { type ReaderMeter, ReaderSession } from './readerSession.ts';
import { type ReaderTask, ReaderTasks } from './readerTasks.ts';
import { sendError } from './restAnswer.ts';
import { answerGet, mayRead, snapshotKey, snapshotNamed } from './restApi.ts';
import { sampleDatastores } from './samples.ts';

const PROTOCOL = 'proxmox-backup-reader-protocol-v1';
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
  readonly #login: LoginApi;
  readonly #tickets: TicketOffice;
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
    const users = new UserStore(options.password ?? randomPassword(), 'pbs');
    this.#tickets = new TicketOffice(nowS, 'PBS');
    const { quirks } = this;
    this.#login = new LoginApi({
      ...{ product: 'pbs', clock, users, tickets: this.#tickets, nowS, openId: undefined },
      get ticketIn() {
        return quirks.ticketIn;
      },
      get authDelayMs() {
        return quirks.authDelayMs;
      },
    });
    this.#services = { clock, quirks, users, datastores, tasks: new ReaderTasks(nowS), nowS };
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
    return this.#account('root@pam').password;
  }

  /** May sign in and read nothing. */
  get stranger(): { readonly username: string; readonly password: string } {
    return { username: 'eve@pbs', password: this.#account('eve@pbs').password };
  }

  /** Reads the datastore `archive` and not `backups`. */
  get reader(): { readonly username: string; readonly password: string } {
    return { username: 'uma@pbs', password: this.#account('uma@pbs').password };
  }

  /** With a second factor. */
  get totp(): TotpAccount {
    const ada = this.#account('ada@pbs');
    const secret = ada.totpSecret ?? '';
    return { ...describeKeys(ada), secret, code: () => totpCode(secret, this.#services.nowS()) };
  }

  /** Of root@pam; all of it, as the header has it. */
  get apiToken(): { readonly id: string; readonly secret: string } {
    return { id: 'root@pam!lab', secret: this.#account('root@pam').tokens.get('lab') ?? '' };
  }

  /** Every ticket is worthless from now on. */
  invalidateTickets(): void {
    this.#tickets.forgetKeys();
  }

  #account(id: string): User {
    const user = this.#services.users.get(id);
    if (user === undefined) throw new Error(`the lab has no user ${id}`);
    return user;
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

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*/, '').replace(/^\/api2\/json/, '');
    this.requests.push(`${request.method} ${request.url}`);
    try {
      if (this.#login.takes(path)) return await this.#login.handle(request, response);
      const authId = this.#login.identify(request, request.method ?? 'GET');
      if (request.method !== 'GET') throw new ApiError(404, `Path '${path}' not found.`);
      await answerGet(this.#services, authId, request, response);
    } catch (error) {
      await this.#late(error);
      sendError(response, error);
    }
  }

  async #late(error: unknown): Promise<void> {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    const { clock, quirks } = this.#services;
    await new Promise<void>((resolve) => clock.timer(quirks.authDelayMs, resolve));
  }

  async #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    this.requests.push(`GET ${request.url} (upgrade)`);
    try {
      const url = new URL(request.url ?? '/', 'https://pbs');
      if (url.pathname !== '/api2/json/reader') throw new ApiError(404, `Path '${url.pathname}' not found.`);
      // The server asks for the CSRF token here too, as the client of Proxmox sends it.
      const authId = this.#login.identify(request, 'POST');
      if (request.headers.upgrade !== PROTOCOL) throw new ApiError(400, 'invalid protocol name');
      this.#startReader(socket, head, { authId, params: url.searchParams });
    } catch (error) {
      await this.#late(error);
      const text = error instanceof Error ? error.message : String(error);
      const status = error instanceof ApiError ? error.status : 400;
      socket.end(
        `HTTP/1.1 ${status} Error\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
    }
  }

  #startReader(socket: TLSSocket, head: Buffer, asked: { authId: string; params: URLSearchParams }): void {
    const { authId, params } = asked;
    const name = params.get('store') ?? '';
    const store = this.#services.datastores.find((one) => one.name === name);
    if (!store || !mayRead(this.#services, authId, name))
      throw new ApiError(400, `no permissions on /datastore/${name}`);
    const key = snapshotKey(params);
    const snapshot = snapshotNamed(store, key);
    if (this.quirks.isLocked) throw new ApiError(400, 'locked by another operation');
    const workerId = `${name}:${key.type}/${key.id}/${key.timeS.toString(16).toUpperCase()}`;
    const task = this.#services.tasks.start(workerId, authId);
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
