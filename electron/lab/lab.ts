import { type Clock, systemClock } from '../../shared/base/clock.ts';
import { ApiApp } from './api/apiApp.ts';
import { allRoutes } from './api/routes.ts';
import { TicketOffice } from './auth/tickets.ts';
import { totpCode } from './auth/totp.ts';
import { randomPassword, UserStore } from './auth/users.ts';
import { type BackendFactory, BackendPool } from './backends.ts';
import { LabCluster } from './cluster/cluster.ts';
import type { LabGuest } from './cluster/model.ts';
import { ConsoleBroker } from './console/consoleBroker.ts';
import type { ProxyMeter } from './console/webSocketProxy.ts';
import { DefaultBackends } from './defaultBackends.ts';
import { Guests } from './guestPower.ts';
import type { RequestRecord } from './http/app.ts';
import { HttpServer } from './http/httpServer.ts';
import { createAuthority, type Issued, issueCertificate } from './pki/certificate.ts';
import { createQuirks, type LabQuirks } from './quirks.ts';
import { ResourceCache } from './resourceCache.ts';
import type { LabServices } from './services.ts';
import type { LabTask } from './tasks/task.ts';
import { TaskEngine } from './tasks/taskEngine.ts';

export interface LabOptions {
  /** Default 12; thousands are fine. */
  readonly guests?: number;
  readonly quirks?: Partial<LabQuirks>;
  /** Of root@pam; random where absent. */
  readonly password?: string;
  /** 0, the default: any free one. Always on 127.0.0.1. */
  readonly port?: number;
  readonly clock?: Clock;
  /**
   * Real QEMU guests where they can be: `true` boots them with the lab, `false` never does. Default: when one is first
   * looked at.
   */
  readonly qemu?: boolean;
  /** Default: embedded guests, and a real QEMU guest where it can be. */
  readonly createBackend?: BackendFactory;
  /** One line about what happens, without secrets. */
  readonly log?: (line: string) => void;
}

export interface TotpAccount {
  readonly username: string;
  readonly password: string;
  /** Base32, as an authenticator app takes it. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** What the app would show now. */
  code(): string;
}

/** A running demo cluster. Everything below `quirks` is for tests. */
export interface Lab {
  /** `127.0.0.1:41234` */
  readonly address: string;
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  /** A user with a second factor. */
  readonly totp: TotpAccount;
  /** May look and not touch. */
  readonly auditor: { readonly username: string; readonly password: string };
  /** Value of an Authorization header. */
  readonly apiToken: string;
  /** SHA-256 of the certificate served now, as Proxmox prints it. */
  readonly fingerprint: string;
  readonly caPem: string;
  /** Live: a change counts from the next request, frame or task on. */
  readonly quirks: LabQuirks;
  /** A new certificate for new connections; `newAuthority`: of a stranger. Gives the new fingerprint. */
  replaceCertificate(options?: { newAuthority?: boolean }): string;
  /** Cuts all connections, consoles included. Gives how many. */
  killConnections(options?: { reset?: boolean }): number;
  /** The server closes what connects right after accept, or stops doing so. */
  refuseConnections(refuses: boolean): void;
  /** The port is closed for good, connections that stand go on. */
  stopListening(): Promise<void>;
  readonly openConnections: number;
  readonly acceptedConnections: number;
  /** Newest last. */
  readonly requests: readonly RequestRecord[];
  forgetRequests(): void;
  /** One for each console that was connected, newest last. */
  readonly consoles: readonly ProxyMeter[];
  readonly tasks: readonly LabTask[];
  /** Changes guests at will; the next poll after `resourcesLagMs` sees it. */
  changeGuests(change: (guests: Map<number, LabGuest>) => void): void;
  setNodeOnline(node: string, isOnline: boolean): void;
  /** The daily change of the key behind the tickets. */
  rotateAuthKey(): void;
  /** Every ticket is worthless from now on. */
  invalidateTickets(): void;
  close(): Promise<void>;
}

const VERSION = { version: '9.1.2', release: '9.1' } as const;
const NODE_SUBJECT = [
  ['OU', 'PVE Cluster Node'],
  ['O', 'Proxmox Virtual Environment'],
  ['CN', 'pve1.lab.internal'],
] as const;
const NAMES = ['localhost', '127.0.0.1', '::1', 'pve1', 'pve1.lab.internal', 'pve2', 'pve2.lab.internal'];

const newAuthority = (nowMs: number) =>
  createAuthority(
    [
      ['CN', 'Proxmox Virtual Environment'],
      ['OU', 'lab'],
      ['O', 'PVE Cluster Manager CA'],
    ],
    nowMs,
  );

function createServices(options: LabOptions, certificate: () => Issued, caPem: string): LabServices {
  const clock = options.clock ?? systemClock;
  const quirks = createQuirks(options.quirks);
  const nowS = () => (clock.wallMs() + quirks.clockOffsetMs) / 1000;
  const nowMs = () => clock.wallMs();
  const cluster = new LabCluster(options.guests ?? 12, nowMs());
  const tasks = new TaskEngine(clock, quirks);
  const tickets = new TicketOffice(nowS);
  const consoles = new ConsoleBroker({ clock, quirks, tickets, tasks });
  const handleExit = (vmid: number) => {
    const guest = cluster.guests.get(vmid);
    if (guest?.status === 'running') guests.markStopped(guest);
  };
  const defaults = new DefaultBackends({ qemu: options.qemu ?? true, log: options.log ?? (() => undefined) });
  const backends = new BackendPool(options.createBackend ?? defaults.create, handleExit, () => defaults.dispose());
  const guests: Guests = new Guests({ cluster, tasks, backends, consoles, nowMs });
  const users = new UserStore(options.password ?? randomPassword());
  const resources = new ResourceCache(cluster, quirks, clock);
  return { clock, quirks, cluster, tasks, tickets, users, backends, consoles, guests, resources, nowS, certificate, caPem, version: VERSION };
}

const accountOf = (services: LabServices, username: string) => {
  const user = services.users.get(username);
  if (user === undefined) throw new Error(`no user ${username}`);
  return user;
};

function describeTotp(services: LabServices): TotpAccount {
  const user = accountOf(services, 'ada@pve');
  const secret = user.totpSecret ?? '';
  return {
    username: user.id,
    password: user.password,
    secret,
    recoveryCodes: user.recoveryCodes.filter((code) => code !== undefined),
    code: () => totpCode(secret, services.nowS()),
  };
}

/** So that their login is there when somebody looks. */
function bootQemuGuests({ cluster, backends }: LabServices, log: LabOptions['log']): void {
  for (const guest of cluster.guests.values()) {
    if (guest.backend !== 'qemu' || guest.status !== 'running') continue;
    backends.ofGuest(guest).catch((error: unknown) => log?.(`guest ${guest.vmid} did not start: ${String(error)}`));
  }
}

/** Starts a Proxmox VE cluster of our own in this process, listening on loopback. */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const wallMs = (options.clock ?? systemClock).wallMs();
  let authority = newAuthority(wallMs);
  let current = issueCertificate(authority, NODE_SUBJECT, NAMES, wallMs);
  const services = createServices(options, () => current, authority.certificatePem);
  const { cluster, clock, quirks, tickets } = services;
  const server = new HttpServer({ app: new ApiApp(services, allRoutes), quirks, clock, identity: current });
  const port = await server.listen(options.port ?? 0);
  options.log?.(`lab: listening on 127.0.0.1:${port} with ${cluster.guests.size} guests`);
  if (options.qemu === true) bootQemuGuests(services, options.log);
  const root = accountOf(services, 'root@pam');
  const auditor = accountOf(services, 'ivo@pve');
  return {
    address: `127.0.0.1:${port}`,
    baseUrl: `https://127.0.0.1:${port}`,
    username: root.id,
    password: root.password,
    totp: describeTotp(services),
    auditor: { username: auditor.id, password: auditor.password },
    apiToken: `PVEAPIToken=root@pam!lab=${root.tokens.get('lab')}`,
    get fingerprint() {
      return current.fingerprint;
    },
    get caPem() {
      return authority.certificatePem;
    },
    quirks,
    replaceCertificate(change = {}) {
      if (change.newAuthority === true) authority = newAuthority(clock.wallMs());
      current = issueCertificate(authority, NODE_SUBJECT, NAMES, clock.wallMs());
      server.replaceIdentity(current);
      return current.fingerprint;
    },
    killConnections: (kill = {}) => server.killConnections(kill.reset === true),
    refuseConnections: (refuses) => server.refuseNewConnections(refuses),
    stopListening: () => server.stopListening(),
    get openConnections() {
      return server.openSockets;
    },
    get acceptedConnections() {
      return server.acceptedSockets;
    },
    get requests() {
      return server.records;
    },
    forgetRequests: () => server.forgetRecords(),
    consoles: services.consoles.meters,
    get tasks() {
      return services.tasks.all;
    },
    changeGuests(change) {
      change(cluster.guests);
      cluster.touch();
    },
    setNodeOnline(name, isOnline) {
      const node = cluster.nodes.find((candidate) => candidate.name === name);
      if (node === undefined) throw new Error(`no node ${name}`);
      node.isOnline = isOnline;
      cluster.touch();
    },
    rotateAuthKey: () => tickets.rotateKey(),
    invalidateTickets: () => tickets.forgetKeys(),
    async close() {
      services.tasks.dispose();
      services.consoles.cutAll();
      await server.close();
      await services.backends.dispose();
    },
  };
}
