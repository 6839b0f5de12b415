import type { Realm } from '../../../shared/model/cluster.ts';
import { type Product, productOf } from '../../../shared/model/product.ts';
import type { ApiClient } from '../api/apiClient.ts';
import { realmsAnswer } from '../api/schemas.ts';
import { parseAddress } from '../net/address.ts';

const ASK_TIMEOUT_MS = 15_000;

/** Where one can sign in, and to what: answered to everybody (PVE wire facts 1.1, 9.1). */
export async function askRealms(
  api: ApiClient,
  address: string,
  signal?: AbortSignal,
): Promise<{ product: Product; realms: Realm[] }> {
  const found = await api.get('/access/domains', realmsAnswer, {
    anonymous: true,
    timeoutMs: ASK_TIMEOUT_MS,
    signal,
  });
  const types = found.map(({ type }) => type);
  return { product: productOf(types, parseAddress(address).port), realms: sortRealms(found) };
}

/** The server lists them in random order (PVE wire facts 1.1). The default first, else `pam`. */
function sortRealms(found: { realm: string; type: string; comment?: string | undefined; default: boolean }[]): Realm[] {
  const hasDefault = found.some((entry) => entry.default);
  const realms = found.map(({ realm, type, comment, default: isDefault }) => ({
    realm,
    type,
    ...(comment !== undefined && { comment }),
    isDefault: hasDefault ? isDefault : realm === 'pam',
  }));
  return realms.sort((a, b) => Number(b.isDefault) - Number(a.isDefault) || a.realm.localeCompare(b.realm));
}
