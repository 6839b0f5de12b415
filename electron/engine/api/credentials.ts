/** What a request is signed with. Held by the engine only. */
export type Credentials =
  | { readonly kind: 'ticket'; readonly user: string; readonly ticket: string; readonly csrf: string }
  | { readonly kind: 'token'; readonly user: string; readonly token: string };

/**
 * Headers that sign a request (PVE wire facts 1.3). Never a cookie and a token together: a stale cookie shadows the
 * token. The CSRF token goes with everything but GET.
 */
export function authHeaders(credentials: Credentials | undefined, method: string): Record<string, string> {
  if (!credentials) return {};
  if (credentials.kind === 'token') return { Authorization: `PVEAPIToken=${credentials.user}=${credentials.token}` };
  const cookie = { Cookie: `PVEAuthCookie=${encodeURIComponent(credentials.ticket)}` };
  return method === 'GET' ? cookie : { ...cookie, CSRFPreventionToken: credentials.csrf };
}
