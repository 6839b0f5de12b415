import { AppError } from '../../../shared/base/errors.ts';
import { parseUpid } from '../../../shared/codec/task/upid.ts';
import type { Product } from '../../../shared/model/product.ts';

/**
 * Where a server tells of one of its tasks (PVE wire facts 6.2, 9.2, 10): Proxmox VE by the task's node, Backup Server
 * always by `localhost`, Datacenter Manager by the remote that runs it. Throws `invalid` where that is no task's name.
 */
export function taskPath(product: Product, upid: string, what: 'log' | 'status' | ''): string {
  const path = `${folderOf(product, upid)}/${encodeURIComponent(upid)}`;
  return what === '' ? path : `${path}/${what}`;
}

function folderOf(product: Product, upid: string): string {
  const parsed = parseUpid(upid);
  if (!parsed) throw new AppError('invalid', 'That is not the name of a task.');
  if (product === 'pve') return `/nodes/${encodeURIComponent(parsed.node)}/tasks`;
  if (product === 'pdm' && parsed.remote !== undefined)
    return `/${parsed.form}/remotes/${encodeURIComponent(parsed.remote)}/tasks`;
  return '/nodes/localhost/tasks';
}
