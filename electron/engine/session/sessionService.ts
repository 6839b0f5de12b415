import { AppError, isGivenUp } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { Cluster, Realm } from '../../../shared/model/cluster.ts';
import type { Certificate } from '../../../shared/model/cluster.ts';
import type { Product } from '../../../shared/model/product.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import type { EngineDeps } from '../deps.ts';
import { type ClusterRecord, readClusterRecords, mergeClusterRecords } from './clusterRecord.ts';
import { ClusterSession } from './clusterSession.ts';
import { addressesOf, normalizeAddress } from './connection.ts';
import { LoginFlow, type LoginParams, type OpenIdParams, type TokenLoginParams } from './loginFlow.ts';
import type { OpenIdStart } from './openIdFlow.ts';
import { inspectCertificate, type KnownCertificate, probe } from './probe.ts';
import { introduce } from './introduce.ts';
import { readSignIn, removeSignIn, writeSignIn } from './signInVault.ts';

type Deps = Pick<EngineDeps, 'clock' | 'documents' | 'vault' | 'log' | 'randomBytes'>;

const MOST_UNLISTED = 16; // tried and never signed in to

/** All clusters: which are known, who is signed in, and the steps to get there. */
export class SessionService {
  readonly #deps: Deps;
  readonly #sessions = new Map<string, ClusterSession>();
  /** By address: two sign-ins to a new one, the second begun before the first ends, are to one and the same. */
  readonly #unlisted = new Map<string, ClusterSession>();
  readonly #logins: LoginFlow;
  readonly #changed = new Emitter<void>();
  readonly #added = new Emitter<ClusterSession>();
  readonly #removed = new Emitter<ClusterSession>();
  readonly #greeted = new Set<string>();
  /** Removed here: what others wrote of them before is not taken back. */
  readonly #forgotten = new Set<string>();
  #ready: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** Anything about any cluster. */
  readonly onChanged = this.#changed.event;
  readonly onAdded = this.#added.event;
  readonly onRemoved = this.#removed.event;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#logins = new LoginFlow({
      clock: deps.clock,
      newId: () => this.#newId(),
      admit: (session) => this.#admit(session),
      isListed: (session) => this.#sessions.has(session.id),
    });
  }

  /** Reads what is remembered and goes on with the sign-ins of an earlier process. Once. */
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
  ): Promise<{ address: string; product: Product; certificate: Certificate; realms: Realm[] }> {
    const [address = '', ...others] = addressesOf(text);
    try {
      return await this.#probeAt(address, signal);
    } catch (error) {
      if (!isRefused(error)) throw error;
      for (const other of others) {
        const found = await this.#probeAt(other, signal).catch(() => undefined);
        if (found) return found;
      }
      throw error;
    }
  }

  async #probeAt(address: string, signal: AbortSignal | undefined) {
    const found = await probe(address, this.#known(address), this.#deps.clock, signal, (certificate) => {
      if (certificate.trust === 'changed') this.#at(address)?.blockCertificate(changedError(address), certificate);
    });
    return { address, ...found };
  }

  login(params: LoginParams, signal?: AbortSignal): Promise<LoginResult> {
    const session = this.#sessionFor(normalizeAddress(params.address), params.isDemo ?? false);
    return this.#logins.start(session, params, signal);
  }

  /** With an API token; `login-failed` where the server refuses it. */
  loginWithToken(params: TokenLoginParams, signal?: AbortSignal): Promise<LoginResult> {
    return this.#logins.startWithToken(this.#sessionFor(normalizeAddress(params.address), false), params, signal);
  }

  /** With a realm of an OpenID provider: the URL is for the person's browser, then `finishOpenId` waits. */
  startOpenId(params: OpenIdParams, signal?: AbortSignal): Promise<OpenIdStart> {
    return this.#logins.startOpenId(this.#sessionFor(normalizeAddress(params.address), false), params, signal);
  }

  finishOpenId(loginId: string, signal?: AbortSignal): Promise<LoginResult> {
    return this.#logins.finishOpenId(loginId, signal);
  }

  /** The second step, see `LoginFlow`. */
  answer(challengeId: string, kind: SecondFactorKind, code: string, signal?: AbortSignal): Promise<LoginResult> {
    return this.#logins.answer(challengeId, kind, code, signal);
  }

  logout(clusterId: string): void {
    this.get(clusterId).logout();
  }

  async forget(clusterId: string): Promise<void> {
    const session = this.get(clusterId);
    session.logout();
    this.#sessions.delete(clusterId);
    this.#forgotten.add(clusterId);
    this.#removed.fire(session);
    session.dispose();
    await removeSignIn(this.#deps.vault, clusterId);
    await this.#save();
    this.#changed.fire();
  }

  acceptCertificate(clusterId: string, oldFingerprint: string, newFingerprint: string): void {
    this.get(clusterId).acceptCertificate(oldFingerprint, newFingerprint);
  }

  trustAuthority(clusterId: string, fingerprint: string, isTrusted: boolean): void {
    this.get(clusterId).trustAuthority(fingerprint, isTrusted);
  }

  async close(): Promise<void> {
    this.#logins.dispose();
    for (const session of this.#sessions.values()) session.dispose();
    await this.#saving; // before the list is emptied: a save that waits its turn writes what the list then holds
    this.#isClosed = true;
    this.#sessions.clear();
  }

  async #load(): Promise<void> {
    for (const record of await readClusterRecords(this.#deps.documents)) {
      const session = this.#add(record, false);
      const kept = await readSignIn(this.#deps.vault, record.id);
      if (kept) session.restore(kept);
    }
  }

  /** The cluster at this address, or one that is listed as soon as a login to it succeeded. */
  #sessionFor(address: string, isDemo: boolean): ClusterSession {
    const known = this.#at(address) ?? this.#unlisted.get(address);
    if (known) return known;
    const [host = address] = address.split(/:\d+$/);
    const record = { id: this.#newId(), name: isDemo ? 'Demo' : host, address, isPinned: false };
    const session = this.#create(record, isDemo);
    const oldest = this.#unlisted.keys().next();
    if (this.#unlisted.size >= MOST_UNLISTED && !oldest.done) this.#unlisted.delete(oldest.value);
    this.#unlisted.set(address, session);
    return session;
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
      keepSignIn: (kept) => {
        if (isDemo) return;
        const { vault } = this.#deps;
        this.#background(kept ? writeSignIn(vault, record.id, kept) : removeSignIn(vault, record.id));
      },
      saveRecord: () => this.#background(this.#save()),
    });
    return session;
  }

  #list(session: ClusterSession): void {
    if (this.#sessions.has(session.id)) return;
    this.#sessions.set(session.id, session);
    this.#greet(session);
    let state = session.state;
    session.onChanged(() => {
      if (session.state !== state) this.#note(session);
      state = session.state;
      if (session.state === 'certificate-changed') this.#look(session);
      this.#greet(session);
      this.#changed.fire();
    });
    this.#added.fire(session);
  }

  /** A login to it succeeded. */
  #admit(session: ClusterSession): void {
    this.#unlisted.delete(session.address);
    this.#list(session);
    this.#changed.fire();
    this.#background(this.#save());
  }

  #at(address: string): ClusterSession | undefined {
    return this.all().find((session) => session.address === address);
  }

  #known(address: string): KnownCertificate {
    const record = this.#at(address)?.record;
    const { fingerprint, isPinned = false, authorityPem, caPem, trustsAuthority } = record ?? {};
    return { fingerprint, isPinned, authorityPem, caPem, trustsAuthority };
  }

  /** Finds out which certificate it is, for people to compare. */
  #look(session: ClusterSession): void {
    const shown = session.describe().certificate?.trust;
    if (shown === 'changed' || shown === 'unknown') return; // looked at already: what comes of it fires this again
    const error = new AppError('certificate-changed', session.describe().error?.message ?? '');
    const { disputed, address, record } = session;
    const { authorityPem, caPem, trustsAuthority } = record;
    const known = { ...disputed, authorityPem, caPem, trustsAuthority };
    const place = disputed.address === address ? {} : { shownAt: disputed.address };
    this.#background(
      inspectCertificate(disputed.address, known, this.#deps.clock).then((certificate) => {
        if (session.state === 'certificate-changed')
          session.blockCertificate(error, { ...certificate, ...place }, session.blockedNode);
      }),
    );
  }

  #note(session: ClusterSession): void {
    const { name, state, error } = session.describe();
    this.#deps.log.write(
      error ? 'warn' : 'info',
      'session',
      `${name} is ${state}`,
      error && { reason: error.code, message: error.message },
    );
  }

  /** Asks a cluster for name and version, each time it lets us in. */
  #greet(session: ClusterSession): void {
    const isIn = session.state === 'signed-in';
    if (isIn && !this.#greeted.has(session.id)) this.#background(introduce(session));
    if (isIn) this.#greeted.add(session.id);
    else this.#greeted.delete(session.id);
  }

  /** Another process changed the list: what it added is here too, and what it learned of clusters not in use. */
  async reload(): Promise<void> {
    const records = await readClusterRecords(this.#deps.documents);
    if (!this.#isClosed) this.#addRecords(records);
  }

  #addRecords(records: readonly ClusterRecord[]): void {
    for (const record of records) {
      const known = this.#sessions.get(record.id);
      if (known) known.refresh(record);
      else if (!this.#forgotten.has(record.id) && !this.#at(record.address)) this.#add(record, false);
    }
    if (records.length > 0) this.#changed.fire();
  }

  #save(): Promise<void> {
    const write = async () => {
      if (this.#isClosed) return;
      const own = this.all()
        .filter((session) => !session.isDemo)
        .map((session) => session.record);
      this.#addRecords(await mergeClusterRecords(this.#deps.documents, own, this.#forgotten));
    };
    this.#saving = this.#saving.then(write, write);
    return this.#saving;
  }

  /** Work nobody waits for. What goes wrong is logged. */
  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (isGivenUp(error)) return;
      this.#deps.log.write('warn', 'session', 'background work failed', { error: AppError.from(error).message });
    });
  }

  #newId(): string {
    return Buffer.from(this.#deps.randomBytes(16)).toString('hex');
  }
}

const isRefused = (error: unknown) => error instanceof AppError && error.code === 'refused';

function changedError(address: string): AppError {
  return new AppError(
    'certificate-changed',
    `${address} showed another certificate than the one accepted before. Compare the new fingerprint with the server before accepting it.`,
  );
}
