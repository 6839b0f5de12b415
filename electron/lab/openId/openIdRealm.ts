import { randomBytes } from 'node:crypto';

import { ApiError } from '../http/apiError.ts';
import type { OpenIdProvider } from './openIdProvider.ts';

const REALM = 'company';

/** The server's side of an OpenID sign-in: what it has asked and not been answered (PVE wire facts 1.6). */
export class OpenIdRealm {
  readonly realms = [{ realm: REALM, type: 'openid', comment: 'Company sign-in' }] as const;
  readonly #provider: OpenIdProvider;
  /** State to redirect address. */
  readonly #pending = new Map<string, string>();

  constructor(provider: OpenIdProvider) {
    this.#provider = provider;
  }

  authUrl(realm: string, redirectUrl: string): string {
    if (realm !== REALM) throw new ApiError(500, `authentication domain '${realm}' does not exist`);
    const state = randomBytes(32).toString('base64url');
    this.#pending.set(state, redirectUrl);
    return this.#provider.authorizeUrl(redirectUrl, state);
  }

  /** The user's name. Throws 401; each state is good once. */
  login(state: string, code: string, redirectUrl: string): string {
    const asked = this.#pending.get(state);
    this.#pending.delete(state);
    const subject = asked === redirectUrl ? this.#provider.redeem(code, redirectUrl) : undefined;
    if (subject === undefined) throw new ApiError(401, 'authentication failure');
    return `${subject}@${REALM}`;
  }
}
