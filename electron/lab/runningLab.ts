import { totpCode } from './auth/totp.ts';
import type { User } from './auth/users.ts';
import type { StoredFile } from './cluster/cluster.ts';
import type { LabGuest } from './cluster/model.ts';
import type { ProxyMeter } from './console/webSocketProxy.ts';
import type { RequestRecord } from './http/app.ts';
import type { HttpServer } from './http/httpServer.ts';
import { describeKeys } from './describeKeys.ts';
import type { KeyAccount, Lab, TotpAccount } from './labTypes.ts';
import type { Life } from './life.ts';
import type { NodeDoor, NodeServer } from './nodeDoors.ts';
import type { OpenIdProvider } from './openId/openIdProvider.ts';
import type { LabQuirks } from './quirks.ts';
import type { SentStream } from './remote/remoteMigration.ts';
import type { TunnelStream } from './remote/tunnelBroker.ts';
import type { LabServices } from './services.ts';
import type { SpiceMeter } from './spice/spiceProxy.ts';
import type { Replications } from './tasks/replication.ts';
import type { LabTask } from './tasks/task.ts';

const accountOf = ({ users }: LabServices, username: string): User => {
  const user = users.get(username);
  if (user === undefined) throw new Error(`the lab has no user ${username}`);
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

export interface LabParts {
  readonly nodes: readonly NodeServer[];
  readonly life: Life | undefined;
  readonly openIdProvider: OpenIdProvider | undefined;
}

/** A lab that listens, as its owner and its tests see it. */
export class RunningLab implements Lab {
  readonly #services: LabServices;
  readonly #server: HttpServer;
  readonly #nodes: readonly NodeServer[];
  readonly nodes: readonly NodeDoor[];
  readonly #life: Life | undefined;
  readonly address: string;
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
  readonly totp: TotpAccount;
  readonly yubico: KeyAccount;
  readonly webAuthn: KeyAccount;
  readonly webAuthnOrRecovery: KeyAccount;
  readonly openIdProvider: OpenIdProvider | undefined;
  readonly auditor: { readonly username: string; readonly password: string };
  readonly barred: { readonly username: string; readonly password: string };
  readonly operator: { readonly username: string; readonly password: string };
  readonly apiToken: string;

  constructor(services: LabServices, { nodes, life, openIdProvider }: LabParts) {
    const [first] = nodes;
    if (first === undefined) throw new Error('the lab has no node');
    this.#services = services;
    this.nodes = nodes;
    this.#nodes = nodes;
    this.#server = first.server;
    this.#life = life;
    const root = accountOf(services, 'root@pam');
    const auditor = accountOf(services, 'ivo@pve');
    const nora = accountOf(services, 'nora@pve');
    this.barred = { username: nora.id, password: nora.password };
    const operator = accountOf(services, 'uma@pve');
    this.address = first.address;
    this.baseUrl = `https://${this.address}`;
    this.username = root.id;
    this.password = root.password;
    this.totp = describeTotp(services);
    this.yubico = describeKeys(accountOf(services, 'yara@pve'));
    this.webAuthn = describeKeys(accountOf(services, 'wes@pve'));
    this.webAuthnOrRecovery = describeKeys(accountOf(services, 'wanda@pve'));
    this.openIdProvider = openIdProvider;
    this.auditor = { username: auditor.id, password: auditor.password };
    this.operator = { username: operator.id, password: operator.password };
    this.apiToken = `PVEAPIToken=root@pam!lab=${root.tokens.get('lab') ?? ''}`;
  }

  get replications(): Replications {
    return this.#services.replications;
  }

  get fingerprint(): string {
    return this.#services.certificates.current.fingerprint;
  }

  get caPem(): string {
    return this.#services.certificates.caPem;
  }

  get quirks(): LabQuirks {
    return this.#services.quirks;
  }

  replaceCertificate(options: { newAuthority?: boolean } = {}): string {
    const issued = this.#services.certificates.replace(options.newAuthority === true);
    this.#server.replaceIdentity(issued);
    return issued.fingerprint;
  }

  killConnections(options: { reset?: boolean } = {}): number {
    return this.#server.killConnections(options.reset === true);
  }

  refuseConnections(refuses: boolean): void {
    this.#server.refuseNewConnections(refuses);
  }

  stopListening(): Promise<void> {
    return this.#server.stopListening();
  }

  get openConnections(): number {
    return this.#server.openSockets;
  }

  get acceptedConnections(): number {
    return this.#server.acceptedSockets;
  }

  get requests(): readonly RequestRecord[] {
    return this.#server.records;
  }

  forgetRequests(): void {
    this.#server.forgetRecords();
  }

  get consoles(): readonly ProxyMeter[] {
    return this.#services.consoles.meters;
  }

  get spicePort(): number {
    return this.#services.spiceProxy.port;
  }

  get spiceTunnels(): readonly SpiceMeter[] {
    return this.#services.spiceProxy.meters;
  }

  get tasks(): readonly LabTask[] {
    return this.#services.tasks.all;
  }

  get sentStreams(): readonly SentStream[] {
    return this.#services.operations.sentStreams;
  }

  get receivedStreams(): readonly TunnelStream[] {
    return this.#services.tunnels.streams;
  }

  tokensOf(userId: string): readonly string[] {
    return this.#services.users.tokensOf(userId).map(({ tokenid }) => tokenid);
  }

  get guests(): ReadonlyMap<number, LabGuest> {
    return this.#services.cluster.guests;
  }

  stored(volid: string): StoredFile | undefined {
    return this.#services.cluster.file(volid);
  }

  changeGuests(change: (guests: Map<number, LabGuest>) => void): void {
    change(this.#services.cluster.guests);
    this.#services.cluster.touch();
  }

  setNodeOnline(name: string, isOnline: boolean): void {
    const node = this.#services.cluster.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`the lab has no node ${name}`);
    node.isOnline = isOnline;
    this.#services.cluster.touch();
  }

  rotateAuthKey(): void {
    this.#services.tickets.rotateKey();
  }

  get issuedSecrets(): readonly string[] {
    return this.#services.tickets.issued;
  }

  invalidateTickets(): void {
    this.#services.tickets.forgetKeys();
  }

  async close(): Promise<void> {
    this.#life?.dispose();
    this.#services.tasks.dispose();
    this.#services.replications.dispose();
    this.#services.consoles.cutAll();
    await this.openIdProvider?.close();
    this.#services.tunnels.cutAll();
    await this.#services.spiceProxy.close();
    await Promise.all(this.#nodes.map(({ server }) => server.close()));
    await this.#services.backends.dispose();
  }
}
