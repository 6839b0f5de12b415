import { AppError } from '../../../shared/base/errors.ts';
import { isReplicationRun, parseUpid } from '../../../shared/codec/task/upid.ts';
import type { Product } from '../../../shared/model/product.ts';

/**
 * Where a server tells of one of its tasks (PVE wire facts 6.2, 9.2, 10): Proxmox VE by the task's node, Backup Server
 * always by `localhost`, Datacenter Manager by the remote that runs it. Throws `invalid` where that is no task's name.
 */
export function taskPath(product: Product, upid: string, what: 'log' | 'status' | ''): string {
  if (isReplicationRun(upid)) return replicationPath(upid, what);
  const path = `${folderOf(product, upid)}/${encodeURIComponent(upid)}`;
  return what === '' ? path : `${path}/${what}`;
}

/** A job has one log, of its newest run (PVE wire facts 6.4 i). */
function replicationPath(upid: string, what: 'log' | 'status' | ''): string {
  const { node = '', id = '' } = parseUpid(upid) ?? {};
  if (what === '') throw new AppError('unsupported', 'A replication ends by itself. Turn its job off in the cluster.');
  return `/nodes/${encodeURIComponent(node)}/replication/${encodeURIComponent(id)}/${what}`;
}

function folderOf(product: Product, upid: string): string {
  const parsed = parseUpid(upid);
  if (!parsed) throw new AppError('invalid', 'That is not the name of a task.');
  if (product === 'pve') return `/nodes/${encodeURIComponent(parsed.node)}/tasks`;
  if (product === 'pdm' && parsed.remote !== undefined)
    return `/${parsed.form}/remotes/${encodeURIComponent(parsed.remote)}/tasks`;
  return '/nodes/localhost/tasks';
}
