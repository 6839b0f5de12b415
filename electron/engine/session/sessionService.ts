import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Cluster, Realm } from '../../../shared/model/cluster.ts';
import type { Certificate } from '../../../shared/model/cluster.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import type { EngineDeps } from '../deps.ts';
import { CHALLENGE_MS, Challenges } from './challenges.ts';
import { type ClusterRecord, readClusterRecords, writeClusterRecords } from './clusterRecord.ts';
import { ClusterSession } from './clusterSession.ts';
import { type Connection, normalizeAddress, trustOf } from './connection.ts';
import { type Grant, type SecondFactor, sendPassword, sendSecondFactor } from './loginSteps.ts';
import { inspectCertificate, type KnownCertificate, probe } from './probe.ts';
import { introduce } from './introduce.ts';
import { readTicket, removeTicket, writeTicket } from './ticketVault.ts';

export interface LoginParams {
  readonly address: string;
  readonly acceptFingerprint?: string | undefined;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly isDemo?: boolean;
}

interface HalfLogin {
  readonly session: ClusterSession;
  readonly connection: Connection;
  readonly factor: SecondFactor;
  readonly expiresAtMs: number;
}

type Deps = Pick<EngineDeps, 'clock' | 'documents' | 'vault' | 'log' | 'randomBytes'>;

/** All clusters: which are known, who is signed in, and the steps to get there. */
export class SessionService {
  readonly #deps: Deps;
  readonly #sessions = new Map<string, ClusterSession>();
  readonly #challenges: Challenges<HalfLogin>;
  readonly #changed = new Emitter<void>();
  readonly #added = new Emitter<ClusterSession>();
  readonly #removed = new Emitter<ClusterSession>();
  #ready: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();

  /** Anything about any cluster. */
  readonly onChanged = this.#changed.event;
  readonly onAdded = this.#added.event;
  readonly onRemoved = this.#removed.event;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#challenges = new Challenges({
      clock: deps.clock,
      newId: () => this.#newId(),
      discard: (half) => half.connection.dispose(),
    });
  }

  /** Reads what is remembered and goes on with the tickets of an earlier process. Once. */
  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  describe(): Cluster[] {
    return [...this.#sessions.values()].map((session) => session.describe());
  }

  all(): ClusterSession[] {
    return [...this.#sessions.values()];
  }

  /** Throws `not-found`. */
  get(clusterId: string): ClusterSession {
    const session = this.#sessions.get(clusterId);
    if (!session) throw new AppError('not-found', 'This cluster is not in the list any more.');
    return session;
  }

  /** Throws `not-found`, `session-expired` or `certificate-changed`. */
  active(clusterId: string): ClusterSession {
    const session = this.get(clusterId);
    session.requireActive();
    return session;
  }

  async probe(
    text: string,
    signal?: AbortSignal,
  ): Promise<{ address: string; certificate: Certificate; realms: Realm[] }> {
    const address = normalizeAddress(text);
    return { address, ...(await probe(address, this.#known(address), this.#deps.clock, signal)) };
  }

  async login(params: LoginParams, signal?: AbortSignal): Promise<LoginResult> {
    const session = this.#sessionFor(normalizeAddress(params.address), params.isDemo ?? false);
    const connection = session.newConnection(this.#trustFor(session, params.acceptFingerprint));
    try {
      const step = await sendPassword(connection.api, params, signal);
      if (step.kind === 'grant') return this.#admit(session, connection, step.grant);
      return this.#ask({
        session,
        connection,
        factor: step.factor,
        expiresAtMs: this.#deps.clock.nowMs() + CHALLENGE_MS,
      });
    } catch (error) {
      connection.dispose();
      throw await this.#explain(error, session);
    }
  }

  /**
   * The second step. A challenge is good for one answer; where the code was wrong and the server still holds the
   * half-finished login, the error's `detail.challengeId` names a new one for the next try.
   */
  async answer(challengeId: string, kind: SecondFactorKind, code: string, signal?: AbortSignal): Promise<LoginResult> {
    const half = this.#challenges.take(challengeId);
    try {
      return this.#admit(
        half.session,
        half.connection,
        await sendSecondFactor(half.connection.api, half.factor, kind, code, signal),
      );
    } catch (error) {
      throw this.#again(half, AppError.from(error));
    }
  }

  logout(clusterId: string): void {
    this.get(clusterId).logout();
  }

  async forget(clusterId: string): Promise<void> {
    const session = this.get(clusterId);
    session.logout();
    this.#sessions.delete(clusterId);
    this.#removed.fire(session);
    session.dispose();
    await removeTicket(this.#deps.vault, clusterId);
    await this.#save();
    this.#changed.fire();
  }

  acceptCertificate(clusterId: string, oldFingerprint: string, newFingerprint: string): void {
    this.get(clusterId).acceptCertificate(oldFingerprint, newFingerprint);
  }

  async close(): Promise<void> {
    this.#challenges.dispose();
    for (const session of this.#sessions.values()) session.dispose();
    this.#sessions.clear();
    await this.#saving;
  }

  async #load(): Promise<void> {
    for (const record of await readClusterRecords(this.#deps.documents)) {
      const session = this.#add(record, false);
      const ticket = await readTicket(this.#deps.vault, record.id);
      if (ticket) session.restore(ticket);
    }
  }

  /** The cluster at this address, or one that is listed as soon as a login to it succeeded. */
  #sessionFor(address: string, isDemo: boolean): ClusterSession {
    for (const session of this.#sessions.values()) if (session.address === address) return session;
    const [host = address] = address.split(/:\d+$/);
    return this.#create({ id: this.#newId(), name: isDemo ? 'Demo' : host, address, isPinned: false }, isDemo);
  }

  #add(record: ClusterRecord, isDemo: boolean): ClusterSession {
    const session = this.#create(record, isDemo);
    this.#list(session);
    return session;
  }

  #create(record: ClusterRecord, isDemo: boolean): ClusterSession {
    const session: ClusterSession = new ClusterSession({
      clock: this.#deps.clock,
      record,
      isDemo,
      keepTicket: (ticket) => {
        if (isDemo) return;
        const { vault } = this.#deps;
        this.#background(ticket ? writeTicket(vault, record.id, ticket) : removeTicket(vault, record.id));
      },
      saveRecord: () => this.#background(this.#save()),
    });
    return session;
  }

  #list(session: ClusterSession): void {
    if (this.#sessions.has(session.id)) return;
    this.#sessions.set(session.id, session);
    session.onChanged(() => {
      if (session.state === 'certificate-changed') this.#look(session);
      this.#changed.fire();
    });
    this.#added.fire(session);
  }

  #admit(session: ClusterSession, connection: Connection, grant: Grant): LoginResult {
    session.adopt(connection, grant);
    this.#list(session);
    this.#changed.fire();
    this.#background(introduce(session));
    this.#background(this.#save());
    return { kind: 'signed-in', clusterId: session.id };
  }

  #ask(half: HalfLogin): LoginResult {
    const expiresInMs = half.expiresAtMs - this.#deps.clock.nowMs();
    const { offered, unavailable } = half.factor;
    if (offered.length === 0) {
      half.connection.dispose();
      throw new AppError(
        'unsupported',
        `This account has ${unavailable.join(' and ') || 'no'} second factor only, which a desktop app can't answer. Add TOTP to it in the web interface.`,
      );
    }
    return {
      kind: 'second-factor',
      challengeId: this.#challenges.add(half, expiresInMs),
      offered,
      unavailable,
      expiresInMs,
    };
  }

  #again(half: HalfLogin, error: AppError): AppError {
    const expiresInMs = half.expiresAtMs - this.#deps.clock.nowMs();
    if (error.code !== 'second-factor-failed' || expiresInMs < 5_000) {
      half.connection.dispose();
      return error;
    }
    const detail = { challengeId: this.#challenges.add(half, expiresInMs), expiresInMs };
    return new AppError(error.code, error.message, { retry: 'later', detail, cause: error });
  }

  #known(address: string): KnownCertificate {
    for (const { record } of this.#sessions.values()) {
      if (record.address === address) return { fingerprint: record.fingerprint, isPinned: record.isPinned };
    }
    return { fingerprint: undefined, isPinned: false };
  }

  /** An accepted certificate is replaced by naming both (`acceptCertificate`), never by signing in. */
  #trustFor(session: ClusterSession, accepted: string | undefined) {
    const { fingerprint, isPinned } = session.record;
    if (accepted === undefined) return trustOf(isPinned ? fingerprint : undefined);
    if (fingerprint !== undefined && fingerprint !== accepted) {
      throw new AppError(
        'certificate-changed',
        'Another certificate was accepted for this address before. Compare both first.',
        {
          detail: { fingerprint: accepted, acceptedFingerprint: fingerprint },
        },
      );
    }
    return trustOf(accepted);
  }

  /** A login that met a changed certificate stops the whole session, not only itself. */
  async #explain(error: unknown, session: ClusterSession): Promise<AppError> {
    const known = AppError.from(error);
    const isTrust = known.code === 'certificate-changed' || known.code === 'certificate-unknown';
    if (isTrust && this.#sessions.has(session.id)) session.blockCertificate(known);
    if (known.code === 'protocol' || known.code === 'unsupported' || known.code === 'not-found')
      return notProxmoxLogin(known);
    return known;
  }

  /** Finds out which certificate it is, for people to compare. */
  #look(session: ClusterSession): void {
    const shown = session.describe().certificate?.trust;
    if (shown === 'changed' || shown === 'unknown') return; // looked at already: what comes of it fires this again
    const error = new AppError('certificate-changed', session.describe().error?.message ?? '');
    this.#background(
      inspectCertificate(session.address, this.#known(session.address), this.#deps.clock).then((certificate) => {
        if (session.state === 'certificate-changed') session.blockCertificate(error, certificate);
      }),
    );
  }

  #save(): Promise<void> {
    const write = async () => {
      const records = this.all()
        .filter((session) => !session.isDemo)
        .map((session) => session.record);
      await writeClusterRecords(this.#deps.documents, records);
    };
    this.#saving = this.#saving.then(write, write);
    return this.#saving;
  }

  /** Work nobody waits for. What goes wrong is logged. */
  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#deps.log.write('warn', 'session', 'background work failed', { error: AppError.from(error).message });
    });
  }

  #newId(): string {
    return Buffer.from(this.#deps.randomBytes(16)).toString('hex');
  }
}

function notProxmoxLogin(error: AppError): AppError {
  return new AppError('not-proxmox', 'What answers at this address is not a Proxmox server. Check the address.', {
    cause: error,
  });
}
