import { type Product, products } from '../../../shared/model/product.ts';

/** What a request is signed with. Held by the engine only. */
export type Credentials = {
  readonly user: string;
  /** Default: Proxmox VE. */
  readonly product?: Product;
} & (
  | {
      readonly kind: 'ticket';
      readonly ticket: string;
      readonly csrf: string;
      /** As the server named it when it set one; default: the product's own. */
      readonly cookie?: string | undefined;
    }
  | { readonly kind: 'token'; readonly token: string }
);

/**
 * Headers that sign a request (PVE wire facts 1.3, 9.1, 10). Never a cookie and a token together: a stale cookie
 * shadows the token. The CSRF token goes with everything but GET.
 */
export function authHeaders(credentials: Credentials | undefined, method: string): Record<string, string> {
  if (!credentials) return {};
  const { tokenWord, tokenJoin, cookie: plainName } = products[credentials.product ?? 'pve'];
  if (credentials.kind === 'token') {
    return { Authorization: `${tokenWord}=${credentials.user}${tokenJoin}${credentials.token}` };
  }
  const cookie = { Cookie: `${credentials.cookie ?? plainName}=${encodeURIComponent(credentials.ticket)}` };
  return method === 'GET' ? cookie : { ...cookie, CSRFPreventionToken: credentials.csrf };
}
