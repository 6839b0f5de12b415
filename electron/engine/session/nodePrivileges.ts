import { AppError } from '../../../shared/base/errors.ts';
import { holds, type PrivilegeTree, privilegeNames } from '../../../shared/model/privileges.ts';
import type { ApiClient } from '../api/apiClient.ts';
import { permissionsAnswer } from '../api/schemas.ts';

const MOST_NODES = 32; // what Proxmox VE is run with

/**
 * The list of privileges leaves out every path at which there are none, so that a role which takes everything away, such
 * as NoAccess on a node, looks like what is handed down from above. Guests and storages that it hides are not listed to
 * begin with; nodes always are (PVE wire facts 2.1): each is asked for by its path, where anything is handed down to it.
 */
export async function withNodes(api: ApiClient, tree: PrivilegeTree, nodes: readonly string[]): Promise<PrivilegeTree> {
  const doubtful = nodes
    .map((name) => `/nodes/${name}`)
    .filter((path) => tree[path] === undefined && privilegeNames.some((name) => holds(tree, path, name)));
  const asked = doubtful.slice(0, MOST_NODES).map(async (path) => {
    const held = await api.get('/access/permissions', permissionsAnswer, { isBackground: true, query: { path } });
    return held[path] === undefined ? [[path, {}] as const] : [];
  });
  const found = await Promise.all(asked.map((one) => one.catch(unanswered)));
  return { ...tree, ...Object.fromEntries(found.flat()) };
}

/** Offered then; the server says itself what it refuses. */
function unanswered(error: unknown): [] {
  const { code } = AppError.from(error);
  if (code === 'forbidden' || code === 'invalid' || code === 'server' || code === 'unsupported') return [];
  throw error;
}
