import * as z from 'zod/mini';

import type { ConsoleTarget, ConsoleView } from './console.ts';
import type { Product } from './product.ts';

const idShape = /^[^\s:/@!]{1,64}@[A-Za-z][A-Za-z0-9._-]*![A-Za-z][A-Za-z0-9._-]+$/;

/** An API token's full ID, `root@pam!sluice`. It takes the place of the user's name. */
export const tokenId = z.string().check(z.maxLength(128), z.regex(idShape));

/** A token's secret goes into a header as it is: no space, no control character. */
export const tokenSecret = z.string().check(z.maxLength(256), z.regex(/^[\x21-\x7e]+$/));

/** True where the sign-in is by token: a user's own name holds no `!`. */
export const isTokenId = (user: string | undefined): boolean => user !== undefined && idShape.test(user);

/** `ID=SECRET`, as Proxmox prints both together and scripts keep them; `ID:SECRET` of Backup Server and Datacenter
 * Manager; also with the header's own first word. */
export function splitToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const bare = text.trim().replace(/^(Authorization:\s*)?P(VE|BS|DM)APIToken[= ]/i, '');
  const at = bare.search(/[=:]/);
  const id = bare.slice(0, at);
  const secret = bare.slice(at + 1);
  return at > 0 && isTokenId(id) && tokenSecret.safeParse(secret).success ? { id, secret } : undefined;
}

/** Terminals take tokens since this version (PVE wire facts 1.5). */
const TERMINALS_SINCE = [9, 0, 13] as const;

/**
 * Consoles that a server refuses to API tokens, in words for people; undefined where it does not. A version that is
 * not known yet is taken for a new one.
 */
export function tokenRefusal(
  cluster: {
    readonly product?: Product | undefined;
    readonly user?: string | undefined;
    readonly version?: string | undefined;
  },
  target: Exclude<ConsoleTarget['kind'], 'endpoint'>,
  view: ConsoleView,
): string | undefined {
  if (!isTokenId(cluster.user)) return undefined;
  if (cluster.product === 'pdm') {
    return 'Datacenter Manager opens no console for an API token. Sign in with a password for it.';
  }
  if (target === 'node' && view === 'vnc') return 'Proxmox VE opens no screen of a node for an API token.';
  if (view === 'terminal' && isOlder(cluster.version, TERMINALS_SINCE)) {
    return 'Proxmox VE before 9.1 opens no terminal for an API token. Sign in with a password for it.';
  }
  return undefined;
}

function isOlder(version: string | undefined, since: readonly number[]): boolean {
  const parts = /^(\d+)(?:\.(\d+))?(?:[.-](\d+))?/.exec(version ?? '')?.slice(1);
  if (!parts) return false;
  for (const [index, least] of since.entries()) {
    const part = Number(parts[index] ?? 0);
    if (part !== least) return part < least;
  }
  return false;
}
