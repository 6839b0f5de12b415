import type { Clock } from '../../../shared/base/clock.ts';
import { AppError, type ErrorInfo } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { State } from '../../../shared/base/state.ts';
import type { Certificate, Cluster, ClusterState } from '../../../shared/model/cluster.ts';
import type { Product } from '../../../shared/model/product.ts';
import type { ApiClient } from '../api/apiClient.ts';
import type { Credentials } from '../api/credentials.ts';
import type { Trust } from '../net/trust.ts';
import { adoptedRecord } from './adoptedRecord.ts';
import { clusterMoves } from './clusterMoves.ts';
import type { ClusterRecord } from './clusterRecord.ts';
import { ClusterRoute } from './clusterRoute.ts';
import type { Connection } from './connection.ts';
import { describeAuthority, describeMet, learned } from './describeTrust.ts';
import type { ClusterFacts, KnownNode } from './knownNodes.ts';
import { checkToken, credentialsOf, type Grant, renewTicket, type SignIn, tokenRefused } from './loginSteps.ts';
import { SleepExcuse } from './sleepExcuse.ts';
import { TicketKeeper } from './ticketKeeper.ts';
import { type KeptSignIn, keptOf } from './signInVault.ts';

const DOUBTS_APART_MS = 5_000; // what was refused may have been something else, again and again

export interface ClusterSessionOptions {
  readonly clock: Clock;
  readonly record: ClusterRecord;
  /** A demo's address and certificate are gone with it: not remembered. */
  readonly isDemo?: boolean;
  /** Keeps or, with undefined, forgets what requests are signed with. */
  readonly keepSignIn: (kept: KeptSignIn | undefined) => void;
  readonly saveRecord: () => void;
}

/** A login to one cluster: its connection, its ticket or token, and what became of both. */
export class ClusterSession implements Disposable {
  readonly isDemo: boolean;
  readonly #options: ClusterSessionOptions;
  readonly #changed = new Emitter<void>();
  readonly #state = new State<ClusterState>('signed-out', clusterMoves);
  #record: ClusterRecord;
  readonly #route: ClusterRoute;
  readonly #excuse: SleepExcuse;
  /** Where another certificate than the accepted one was shown, unless at the listed address. */
  #blockedNode: KnownNode | undefined;
  #keeper: TicketKeeper | undefined;
  #error: ErrorInfo | undefined;
  #changedCertificate: Certificate | undefined;
  #version: string | undefined;
  #lastAnswerAtMs: number | undefined;
  #refusals = 0;
  #doubtedAtMs = Number.NEGATIVE_INFINITY;
  #disposed = false;

  /** State, error, name or version are others now. */
  readonly onChanged = this.#changed.event;

  constructor(options: ClusterSessionOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#excuse = new SleepExcuse(options.clock);
    this.isDemo = options.isDemo ?? false;
    this.#route = new ClusterRoute({
      clock: options.clock,
      record: () => this.#record,
      isActive: () => this.isActive && !this.#disposed,
      requireTrust: () => {
        if (this.#state.is('certificate-changed')) this.requireActive();
      },
      onAnswer: (connection, status) => this.#handleAnswer(connection, status),
      onConnectError: (connection, error) => this.#handleConnectError(connection, error),
    });
  }

  get id(): string {
    return this.#record.id;
  }

  get record(): ClusterRecord {
    return this.#record;
  }

  get state(): ClusterState {
    return this.#state.current;
  }

  get user(): string {
    return this.connection.credentials?.user ?? this.#record.user ?? '';
  }

  get credentials(): Credentials | undefined {
    return this.connection.credentials;
  }

  get address(): string {
    return this.#record.address;
  }

  get product(): Product {
    return this.#record.product ?? 'pve';
  }

  /** How the listed address is trusted. */
  get trust(): Trust {
    return this.#route.trust;
  }

  /** One node under one trust. What has to stay on one node, as a ticket and its tunnel, holds on to it. */
  get connection(): Connection {
    return this.#route.connection;
  }

  /** Where certificates have to be compared when they changed, and what was accepted there. */
  get disputed(): { readonly address: string; readonly fingerprint: string | undefined; readonly isPinned: boolean } {
    const { address, fingerprint, isPinned } = this.#record;
    return this.#blockedNode ? { ...this.#blockedNode, isPinned: true } : { address, fingerprint, isPinned };
  }

  /** Where `certificate-changed` was met, unless at the listed address. */
  get blockedNode(): KnownNode | undefined {
    return this.#blockedNode;
  }

  /** It was removed from the list; a sign-in that ends now finds nobody. */
  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** True while polling makes sense: there is a ticket or token and nothing forbids to use it. */
  get isActive(): boolean {
    return this.connection.credentials !== undefined && !this.#state.is('signed-out', 'certificate-changed');
  }

  /** How often a privilege was missing. Grows: something may have been taken away. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Goes to whichever node answers; see `MovingPool`. */
  get api(): ApiClient {
    return this.#route.api;
  }

  describe(): Cluster {
    const { id, name, address, user } = this.#record;
    const error = this.#error;
    const certificate = this.#changedCertificate ?? describeMet(this.connection, this.#record);
    const authority = describeAuthority(this.#record);
    const through = this.connection.node?.name;
    return {
      id,
      name,
      product: this.product,
      address,
      state: this.#state.current,
      ...(user !== undefined && { user }),
      ...(error && { error }),
      ...(certificate && { certificate }),
      ...(authority && { authority }),
      ...(through !== undefined && { through }),
      ...(this.isDemo && { isDemo: true }),
      ...(this.#version !== undefined && { version: this.#version }),
      ...(this.#lastAnswerAtMs !== undefined && { lastAnswerAtMs: this.#lastAnswerAtMs }),
    };
  }

  /** Throws unless requests may be sent: `session-expired` or what made the certificate untrusted. */
  requireActive(): void {
    if (this.isActive) return;
    if (this.#state.is('certificate-changed') && this.#error) throw AppError.fromInfo(this.#error);
    throw new AppError('session-expired', `You are signed out of ${this.#record.name}. Sign in again.`, {
      retry: 'after-login',
    });
  }

  /** A login succeeded over this connection; it becomes the session's own. */
  adopt(connection: Connection, signIn: SignIn): void {
    this.#route.use(connection);
    this.#changedCertificate = undefined;
    this.#lastAnswerAtMs = this.#options.clock.wallMs();
    this.#record = adoptedRecord(this.#record, connection, signIn);
    this.#options.saveRecord();
    const issuedAtMs = this.#options.clock.wallMs();
    if ('token' in signIn) this.#signWithToken(signIn);
    else this.#signWithTicket(signIn, issuedAtMs);
    this.#options.keepSignIn('token' in signIn ? signIn : keptOf(signIn, issuedAtMs));
    this.#state.tryMove('connecting');
    this.#settle('signed-in');
  }

  /** Makes a connection for a login, which reports to this session once it has been adopted. */
  newConnection(trust: Trust): Connection {
    return this.#route.open(undefined, trust);
  }

  /** For a login when the listed address does not answer: one to another node that does, if there is any. */
  openElsewhere(): Promise<Connection | undefined> {
    return this.#route.openElsewhere();
  }

  /** Goes on with a sign-in of an earlier process. The next answer says whether a token is still good. */
  restore(kept: KeptSignIn): void {
    if ('token' in kept) this.#signWithToken(kept);
    else this.#signWithTicket(kept, kept.issuedAtMs);
    this.#settle('connecting');
    void this.#keeper?.renew();
  }

  /** Forgets ticket or token; there is nothing to tell the server (PVE wire facts 1.4). */
  logout(error?: AppError): void {
    this.#keeper?.dispose();
    this.#keeper = undefined;
    this.connection.credentials = undefined;
    this.connection.pool.purge();
    this.#options.keepSignIn(undefined);
    this.#settle('signed-out', error);
  }

  /** The server stopped answering though a socket could be opened. */
  reportUnreachable(error: AppError): void {
    if (!this.isActive || this.#excuse.holds) return;
    this.#settle('unreachable', error);
    void this.#route.moveOn(this.connection);
  }

  /** The machine falls asleep or wakes up. That a server can't be reached is not held against it meanwhile. */
  setAsleep(isAsleep: boolean): void {
    this.#excuse.setAsleep(isAsleep);
    if (isAsleep) return;
    this.connection.pool.purge(); // kept from before; nobody may be there any more
    this.#keeper?.check();
  }

  /** The one seen is not the one that was accepted: nothing is sent any more. */
  blockCertificate(error: AppError, seen?: Certificate, node?: KnownNode): void {
    this.#changedCertificate = seen ?? this.#changedCertificate;
    this.#blockedNode = node;
    this.connection.dispose(); // what was sent and not answered ends too: its outcome is unknown
    this.#settle('certificate-changed', error);
  }

  /** Puts the certificate a person has looked at in the place of the old one. Both must be what we know. */
  acceptCertificate(oldFingerprint: string, newFingerprint: string): void {
    const isBlocked = this.#state.is('certificate-changed');
    const node = this.#blockedNode;
    if (!isBlocked || this.disputed.fingerprint !== oldFingerprint) {
      throw new AppError('invalid', 'The certificate to be replaced is not the one in use. Look at both again.');
    }
    if (this.#changedCertificate && this.#changedCertificate.fingerprint !== newFingerprint) {
      throw new AppError('certificate-changed', 'The server shows yet another certificate. Look at it again.', {
        detail: { fingerprint: this.#changedCertificate.fingerprint, acceptedFingerprint: oldFingerprint },
      });
    }
    const accepted = node && { ...node, fingerprint: newFingerprint };
    if (accepted)
      this.#updateRecord({
        nodes: (this.#record.nodes ?? []).map((one) => (one.name === accepted.name ? accepted : one)),
      });
    else this.#updateRecord({ fingerprint: newFingerprint, isPinned: true });
    this.#changedCertificate = undefined;
    this.#blockedNode = undefined;
    this.#route.renew(accepted);
    this.connection.certificate = undefined; // seen with its next handshake
    const { credentials } = this.connection;
    this.#settle(credentials ? 'connecting' : 'signed-out');
    this.#keeper?.check();
  }

  /** What the server told about itself. */
  learn(facts: { name?: string; version?: string }): void {
    if (facts.version !== undefined) this.#version = facts.version;
    if (facts.name !== undefined) this.#updateRecord({ name: facts.name });
    this.#changed.fire();
  }

  /** What another process wrote of it. Taken while it is not in use here. */
  refresh(record: ClusterRecord): void {
    if (!this.#state.is('signed-out') || JSON.stringify(record) === JSON.stringify(this.#record)) return;
    this.#record = record;
    this.#route.renew(undefined);
    this.connection.certificate = undefined;
    this.#changed.fire();
  }

  /** What the cluster told of its nodes and its authority, over a connection that is trusted. */
  learnCluster(facts: ClusterFacts): void {
    const change = learned(this.#record, facts);
    if (!change) return;
    this.#updateRecord(change);
    this.#changed.fire();
  }

  /** Whether certificates that the cluster's own authority signs are trusted. It is named, so nothing is taken unseen. */
  trustAuthority(fingerprint: string, isTrusted: boolean): void {
    if (describeAuthority(this.#record)?.fingerprint !== fingerprint) {
      throw new AppError('invalid', 'The cluster has another authority now. Look at it again.');
    }
    this.#updateRecord({ trustsAuthority: isTrusted });
    if (this.isActive) this.#route.renew();
    this.#changed.fire();
  }

  dispose(): void {
    this.#disposed = true;
    this.#keeper?.dispose();
    this.#route.dispose();
    this.#changed.dispose();
  }

  #signWithToken({ user, token }: { user: string; token: string }): void {
    this.connection.credentials = { kind: 'token', user, product: this.product, token };
    this.#keeper?.dispose();
    this.#keeper = undefined; // a token is not renewed
  }

  #signWithTicket(grant: Grant, issuedAtMs: number): void {
    this.connection.credentials = credentialsOf(grant, this.product);
    this.#keeper?.dispose();
    this.#keeper = new TicketKeeper(
      {
        clock: this.#options.clock,
        renew: () => this.#renew(),
        onRenewed: (renewed) => this.#handleRenewed(renewed),
        onLost: (error) => this.logout(error),
      },
      issuedAtMs,
    );
  }

  async #renew(): Promise<Grant> {
    const { credentials, api } = this.connection;
    if (credentials?.kind !== 'ticket' || !this.isActive) throw new AppError('closed', 'There is no sign-in to renew.');
    return await renewTicket(api, this.product, credentials.user, credentials.ticket);
  }

  #handleRenewed(grant: Grant): void {
    this.connection.credentials = credentialsOf(grant, this.product);
    this.#options.keepSignIn(keptOf(grant, this.#options.clock.wallMs()));
  }

  #handleAnswer(connection: Connection, status: number): void {
    if (connection !== this.connection || this.#disposed) return;
    this.#lastAnswerAtMs = this.#options.clock.wallMs();
    if (status === 403) this.#refusals += 1;
    if (status === 401) this.#doubt();
    const seen = connection.node ? undefined : connection.certificate?.fingerprint;
    if (seen !== undefined && seen !== this.#record.fingerprint) {
      this.#updateRecord({ fingerprint: seen });
      this.#changed.fire();
    }
    if (status !== 401 && this.isActive && !this.#state.is('signed-in')) this.#settle('signed-in');
  }

  /** Something was refused: whether it was the sign-in shows in asking for a new ticket, or anything with a token. */
  #doubt(): void {
    const nowMs = this.#options.clock.nowMs();
    if (!this.isActive || nowMs - this.#doubtedAtMs < DOUBTS_APART_MS) return;
    this.#doubtedAtMs = nowMs;
    if (this.#keeper) void this.#keeper.renew();
    else void this.#checkToken();
  }

  async #checkToken(): Promise<void> {
    const { api } = this.connection;
    try {
      await checkToken(api);
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'login-failed';
      if (isRefused && api === this.connection.api && !this.#disposed) this.logout(tokenRefused());
    }
  }

  #handleConnectError(connection: Connection, error: AppError): void {
    if (connection !== this.connection || this.#disposed) return;
    if (error.code !== 'certificate-changed' && error.code !== 'certificate-unknown') {
      this.reportUnreachable(error);
      return;
    }
    this.blockCertificate(error, undefined, connection.node);
  }

  #settle(state: ClusterState, error?: AppError): void {
    const before = this.#error;
    this.#error = error?.toInfo();
    const moved = this.#state.is(state) || this.#state.tryMove(state);
    if (!moved) this.#error = before;
    else this.#changed.fire();
  }

  #updateRecord(change: Partial<ClusterRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#options.saveRecord();
  }
}
