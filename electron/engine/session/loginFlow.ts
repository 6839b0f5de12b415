import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Product } from '../../../shared/model/product.ts';
import type { LoginResult, SecondFactorKind } from '../../../shared/model/session.ts';
import type { Trust } from '../net/trust.ts';
import { CHALLENGE_MS, Challenges } from './challenges.ts';
import type { ClusterSession } from './clusterSession.ts';
import { type Connection, trustOf } from './connection.ts';
import { isAway } from './movingPool.ts';
import { readCertificate } from './knownNodes.ts';
import { checkToken, type SecondFactor, type SignIn, sendPassword, sendSecondFactor } from './loginSteps.ts';
import { OpenIdFlow, type OpenIdStart } from './openIdFlow.ts';
import { askRealms } from './realms.ts';

const LEAST_MS = 5_000; // less is no time to type another code

/** What a person vouches for with a sign-in: one certificate, or what an authority signs for the server's name. */
interface Accepted {
  readonly acceptFingerprint?: string | undefined;
  /** PEM. */
  readonly acceptAuthority?: string | undefined;
}

export interface LoginParams extends Accepted {
  readonly address: string;
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  readonly isDemo?: boolean;
}

export interface TokenLoginParams extends Accepted {
  readonly address: string;
  readonly tokenId: string;
  readonly secret: string;
}

export interface OpenIdParams extends Accepted {
  readonly address: string;
  readonly realm: string;
}

export interface LoginFlowOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  /** The session has what it signs requests with. */
  readonly admit: (session: ClusterSession) => void;
  /** False for one that is only being signed in to for the first time. */
  readonly isListed: (session: ClusterSession) => boolean;
}

interface HalfLogin {
  readonly session: ClusterSession;
  readonly connection: Connection;
  readonly factor: SecondFactor;
  readonly expiresAtMs: number;
}

/** From a password or a token to a signed-in session. Half-finished logins stay here; a page knows them by a name alone. */
export class LoginFlow {
  readonly #options: LoginFlowOptions;
  readonly #challenges: Challenges<HalfLogin>;
  readonly #openId: OpenIdFlow<ClusterSession>;

  constructor(options: LoginFlowOptions) {
    this.#options = options;
    const { clock, newId } = options;
    this.#challenges = new Challenges({ clock, newId, discard: (half) => half.connection.dispose() });
    this.#openId = new OpenIdFlow({ clock, newId });
  }

  start(session: ClusterSession, params: LoginParams, signal?: AbortSignal): Promise<LoginResult> {
    return this.#begin(session, params, async (connection): Promise<LoginResult> => {
      const product = await identify(session, connection, signal);
      const step = await sendPassword(connection.api, product, params, signal);
      if (step.kind === 'grant') return this.#admit(session, connection, step.grant);
      const expiresAtMs = this.#options.clock.nowMs() + CHALLENGE_MS[product];
      return this.#ask({ session, connection, factor: step.factor, expiresAtMs });
    });
  }

  startWithToken(session: ClusterSession, params: TokenLoginParams, signal?: AbortSignal): Promise<LoginResult> {
    return this.#begin(session, params, async (connection) => {
      const product = await identify(session, connection, signal);
      connection.credentials = { kind: 'token', user: params.tokenId, product, token: params.secret };
      await checkToken(connection.api, signal);
      return this.#admit(session, connection, { user: params.tokenId, token: params.secret });
    });
  }

  /** Opens a door for the answer of the provider; the person's browser is sent to the URL. */
  startOpenId(session: ClusterSession, params: OpenIdParams, signal?: AbortSignal): Promise<OpenIdStart> {
    return this.#begin(session, params, async (connection) => {
      const product = await identify(session, connection, signal);
      return await this.#openId.start(session, { connection, product, realm: params.realm }, signal);
    });
  }

  /** Resolves when the provider has answered and the server has taken it. */
  async finishOpenId(loginId: string, signal?: AbortSignal): Promise<LoginResult> {
    const { about, connection, grant } = await this.#openId.finish(loginId, signal);
    return this.#admit(about, connection, grant);
  }

  /** At the listed address; where not even a socket to it could be opened, at another node of the cluster. */
  async #begin<T>(
    session: ClusterSession,
    accepted: Accepted,
    step: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    let connection = session.newConnection(trustFor(session, accepted));
    connection.authorityPem = accepted.acceptAuthority;
    try {
      try {
        return await step(connection);
      } catch (error) {
        const other = isAway(error) && !connection.wasOpen ? await session.openElsewhere() : undefined;
        if (!other) throw error;
        connection.dispose();
        connection = other;
        return await step(connection);
      }
    } catch (error) {
      connection.dispose();
      throw this.#explain(AppError.from(error), session);
    }
  }

  /**
   * The second step. A challenge is good for one answer; where the code was wrong and the server still holds the
   * half-finished login, the error's `detail.challengeId` names a new one for the next try.
   */
  async answer(challengeId: string, kind: SecondFactorKind, code: string, signal?: AbortSignal): Promise<LoginResult> {
    const half = this.#challenges.take(challengeId);
    const { session, connection, factor } = half;
    try {
      const grant = await sendSecondFactor(connection.api, connection.product ?? 'pve', factor, kind, code, signal);
      return this.#admit(session, connection, grant);
    } catch (error) {
      throw this.#again(half, AppError.from(error));
    }
  }

  dispose(): void {
    this.#challenges.dispose();
    this.#openId.dispose();
  }

  #admit(session: ClusterSession, connection: Connection, signIn: SignIn): LoginResult {
    if (session.isDisposed) {
      connection.dispose();
      throw new AppError('closed', 'The cluster was removed from the list before the sign-in was over. Add it again.');
    }
    session.adopt(connection, signIn);
    this.#options.admit(session);
    return { kind: 'signed-in', clusterId: session.id };
  }

  #ask(half: HalfLogin): LoginResult {
    const { offered, unavailable } = half.factor;
    if (offered.length === 0) {
      half.connection.dispose();
      throw new AppError('unsupported', noFactorMessage(unavailable), { detail: { wantsToken: true } });
    }
    const expiresInMs = half.expiresAtMs - this.#options.clock.nowMs();
    const challengeId = this.#challenges.add(half, expiresInMs);
    return { kind: 'second-factor', challengeId, offered, unavailable, expiresInMs };
  }

  #again(half: HalfLogin, error: AppError): AppError {
    const expiresInMs = half.expiresAtMs - this.#options.clock.nowMs();
    if (error.code !== 'second-factor-failed' || expiresInMs < LEAST_MS) {
      half.connection.dispose();
      return error;
    }
    const detail = { challengeId: this.#challenges.add(half, expiresInMs), expiresInMs };
    return new AppError(error.code, error.message, { retry: 'later', detail, cause: error });
  }

  /** A login that met a changed certificate stops the whole session, not only itself. */
  #explain(error: AppError, session: ClusterSession): AppError {
    const isTrust = error.code === 'certificate-changed' || error.code === 'certificate-unknown';
    if (isTrust && this.#options.isListed(session)) session.blockCertificate(error);
    if (error.code !== 'protocol' && error.code !== 'not-found') return error;
    return new AppError('not-proxmox', 'What answers at this address is not a Proxmox server. Check the address.', {
      cause: error,
    });
  }
}

function noFactorMessage(unavailable: readonly string[]): string {
  const advice = 'Sign in with an API token here, or add an authenticator app to the account there.';
  if (unavailable.length === 0)
    return `The account's second factor has nothing left to answer with, as the server's own web page shows. ${advice}`;
  const kind = unavailable.includes('webauthn') ? 'a security key (WebAuthn)' : 'a security key (U2F)';
  return `The account asks for ${kind}, which answers only to the server's own web page. ${advice}`;
}

/**
 * Which product it is: they want different requests. Asked with every sign-in: another server may have taken the place of
 * the one that is listed.
 */
async function identify(session: ClusterSession, connection: Connection, signal?: AbortSignal): Promise<Product> {
  const { product } = await askRealms(connection.api, session.address, signal);
  connection.product = product;
  return product;
}

/** An accepted certificate is replaced by naming both (`acceptCertificate`), never by signing in. */
function trustFor({ record, trust }: ClusterSession, given: Accepted): Trust {
  const { fingerprint } = record;
  const { acceptFingerprint: accepted, acceptAuthority: caPem } = given;
  if (caPem !== undefined) return trustInAuthority(caPem, record.isPinned);
  if (accepted === undefined) return trust;
  if (fingerprint !== undefined && fingerprint !== accepted) {
    throw new AppError(
      'certificate-changed',
      'Another certificate was accepted for this address before. Compare both.',
      {
        detail: { fingerprint: accepted, acceptedFingerprint: fingerprint },
      },
    );
  }
  return trustOf(accepted);
}

function trustInAuthority(caPem: string, isPinned: boolean): Trust {
  if (!readCertificate(caPem)) {
    throw new AppError('invalid', 'What was given as an authority is no certificate. Give a file in PEM.');
  }
  if (isPinned) {
    throw new AppError(
      'certificate-changed',
      'One certificate was accepted for this address before, which an authority does not replace. Remove it from the list first.',
    );
  }
  return { caPem, isSystemTrusted: false };
}
