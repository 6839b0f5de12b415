import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { TicketOffice } from '../auth/tickets.ts';
import { totpCode } from '../auth/totp.ts';
import { randomPassword, type User, UserStore } from '../auth/users.ts';
import { describeKeys } from '../describeKeys.ts';
import type { KeyAccount, TotpAccount } from '../labTypes.ts';
import { OpenIdProvider } from '../openId/openIdProvider.ts';
import { OpenIdRealm } from '../openId/openIdRealm.ts';
import { ClusterCertificates } from '../pki/certificates.ts';
import { LoginApi, type LoginRecord } from './loginApi.ts';
import { type ManagedRemote, ManagedRemotes } from './managedRemotes.ts';
import { ServerTasks } from './serverTasks.ts';

export interface LoginLabOptions {
  readonly product: 'pbs' | 'pdm';
  /** Where a ticket comes: in the answer, as older Backup Servers do, or in a cookie alone. Default: cookie. */
  readonly ticketIn?: 'body' | 'cookie';
  readonly password?: string;
  readonly openId?: boolean;
  readonly clock?: Clock;
  /** Default: any port of 127.0.0.1. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Every 401 comes so late. Default 0; real: 3,000. */
  readonly authDelayMs?: number;
  /** Of a Datacenter Manager: the clusters it manages, by name. */
  readonly remotes?: Readonly<Record<string, ManagedRemote>>;
}

/** A Backup Server or Datacenter Manager as far as signing in to it goes, and a look at what it has. */
export class LoginLab {
  readonly address: string;
  readonly fingerprint: string;
  readonly username = 'root@pam';
  readonly password: string;
  /** Value of an Authorization header. */
  readonly apiToken: string;
  readonly totp: TotpAccount;
  readonly yubico: KeyAccount;
  readonly openIdProvider: OpenIdProvider | undefined;
  readonly tasks: ServerTasks;
  readonly remotes: ManagedRemotes | undefined;
  readonly #server: Server;
  readonly #api: LoginApi;
  readonly #tickets: TicketOffice;
  readonly #age: { offsetS: number };
  readonly #sockets = new Set<Socket>();

  constructor(parts: LoginLabParts) {
    const { server, api, users, product, fingerprint, tickets, age, nowS } = parts;
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#api = api;
    this.tasks = parts.tasks;
    this.#tickets = tickets;
    this.#age = age;
    const { address, port } = server.address() as AddressInfo;
    this.address = `${address}:${port}`;
    this.fingerprint = fingerprint;
    const account = (id: string): User => {
      const user = users.get(id);
      if (user === undefined) throw new Error(`the lab has no user ${id}`);
      return user;
    };
    const root = account('root@pam');
    this.password = root.password;
    this.apiToken = `${product.toUpperCase()}APIToken=root@pam!lab:${root.tokens.get('lab') ?? ''}`;
    const ada = account(`ada@${product}`);
    this.totp = {
      ...describeKeys(ada),
      secret: ada.totpSecret ?? '',
      code: () => totpCode(ada.totpSecret ?? '', nowS()),
    };
    this.yubico = describeKeys(account(`yara@${product}`));
    this.openIdProvider = parts.openIdProvider;
    this.remotes = parts.remotes;
  }

  /** Newest last. */
  get requests(): readonly LoginRecord[] {
    return this.#api.records;
  }

  /** Every ticket is worthless from now on. */
  invalidateTickets(): void {
    this.#tickets.forgetKeys();
  }

  /** Makes the server's clock, and with it every ticket, older. */
  ageTickets(byS: number): void {
    this.#age.offsetS += byS;
  }

  async close(): Promise<void> {
    await this.openIdProvider?.close();
    this.remotes?.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy(); // also those in the middle of a handshake
    await closed;
  }
}

interface LoginLabParts {
  readonly server: Server;
  readonly api: LoginApi;
  readonly users: UserStore;
  readonly tickets: TicketOffice;
  readonly tasks: ServerTasks;
  readonly product: 'pbs' | 'pdm';
  readonly fingerprint: string;
  readonly openIdProvider: OpenIdProvider | undefined;
  readonly remotes: ManagedRemotes | undefined;
  readonly age: { offsetS: number };
  nowS(): number;
}

export async function startLoginLab(options: LoginLabOptions): Promise<LoginLab> {
  const { product, clock = systemClock } = options;
  const age = { offsetS: 0 };
  const nowS = () => clock.wallMs() / 1000 + age.offsetS;
  const { keyPem, certificatePem, fingerprint } = new ClusterCertificates(clock).current;
  const users = new UserStore(options.password ?? randomPassword(), product);
  const tickets = new TicketOffice(nowS, product === 'pbs' ? 'PBS' : 'PDM');
  const openIdProvider = options.openId === true ? await OpenIdProvider.start() : undefined;
  const tasks = new ServerTasks(clock, product);
  const remotes = options.remotes && new ManagedRemotes(options.remotes);
  const api = new LoginApi({
    ...{ product, clock, users, tickets, nowS, tasks, remotes },
    openId: openIdProvider && new OpenIdRealm(openIdProvider),
    ticketIn: options.ticketIn ?? 'cookie',
    authDelayMs: options.authDelayMs ?? 0,
  });
  const server = createServer({ key: keyPem, cert: certificatePem }, (request, response) => {
    api.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!remotes || !api.isSignedIn(request)) return void socket.destroy();
    remotes.upgrade(request, socket, head);
  });
  const { host, port } = options.listen ?? { host: '127.0.0.1', port: 0 };
  server.listen(port, host);
  await once(server, 'listening');
  return new LoginLab({ server, api, users, tickets, tasks, product, fingerprint, openIdProvider, remotes, age, nowS });
}
