import { ApiError } from '../http/apiError.ts';
import type { TicketOffice } from './tickets.ts';
import type { UserStore } from './users.ts';

export interface Identity {
  /** `root@pam`, or `root@pam!lab` for a token. */
  readonly authId: string;
  readonly isToken: boolean;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Perl's uri_unescape leaves a stray % as it is
  }
};

/** The name must stand at the start or behind white space (PVE wire facts 1.3). */
const ticketOfCookie = (cookie: string): string | undefined => {
  const found = /(?:^|\s)PVEAuthCookie=([^;]*)/.exec(cookie)?.[1];
  return found === undefined ? undefined : decode(found);
};

const ticketOfHeader = (authorization: string): string | undefined => {
  const found = /^PVEAuthCookie=(\S+)/.exec(authorization)?.[1];
  return found === undefined ? undefined : decode(found);
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly cookie: string;
  readonly authorization: string;
  readonly csrfToken: string;
}

const noLogin: readonly (readonly [RegExp, RegExp])[] = [
  [/^GET$/, /^\/access\/domains$/],
  [/^(?:GET|POST)$/, /^\/access\/ticket$/],
  [/^POST$/, /^\/access\/vncticket$/],
  [/^POST$/, /^\/access\/openid\/(?:auth-url|login)$/],
];

const isUpload = (method: string, path: string): boolean =>
  method === 'POST' && /^\/nodes\/[^/]+\/storage\/[^/]+\/upload$/.test(path);

/**
 * Who sends a request: the cookie's ticket before the header's ticket before a token, so that a stale cookie hides a
 * good token. Throws the 401 that comes before any handler. Undefined where nobody needs to be signed in.
 */
export function identify(asked: Asked, tickets: TicketOffice, users: UserStore): Identity | undefined {
  if (noLogin.some(([method, path]) => method.test(asked.method) && path.test(asked.path))) return undefined;
  const ticket = ticketOfCookie(asked.cookie) ?? ticketOfHeader(asked.authorization);
  if (ticket !== undefined && ticket !== '') {
    const user = tickets.userOf(ticket);
    if (user === undefined) throw new ApiError(401, 'permission denied - invalid PVE ticket');
    const needsCsrf = asked.method !== 'GET' && !isUpload(asked.method, asked.path);
    if (needsCsrf && !tickets.isCsrfOf(asked.csrfToken, user)) {
      throw new ApiError(401, 'Permission denied - invalid csrf token');
    }
    return { authId: user, isToken: false };
  }
  const [, tokenId, secret] = /^PVEAPIToken[= ]([^=\s]+![^=\s]+)=(\S+)$/.exec(asked.authorization) ?? [];
  if (tokenId === undefined || secret === undefined) throw new ApiError(401, 'No ticket');
  if (!users.isToken(tokenId, secret)) throw new ApiError(401, 'invalid token value!');
  return { authId: tokenId, isToken: true };
}
