import { endState } from '../../../shared/codec/task/ending.ts';
import { parseUpid, subjectOf, type Upid, vmidOf } from '../../../shared/codec/task/upid.ts';
import type { Task } from '../../../shared/model/task.ts';
import type { ServerTaskEntry, TaskEntry } from '../api/schemas.ts';

interface Ending {
  readonly endtime?: number | undefined;
  readonly status?: string | undefined;
}

/** An entry of `/cluster/tasks` in our words (PVE wire facts 6.2). One that runs has no end and no status. */
export function readTask(clusterId: string, entry: TaskEntry): Task {
  const vmid = vmidOf(entry.id);
  return {
    clusterId,
    upid: entry.upid,
    node: entry.node,
    type: entry.type,
    user: entry.tokenid === undefined ? (entry.user ?? '') : `${entry.user ?? ''}!${entry.tokenid}`,
    startedAtMs: entry.starttime * 1000,
    ...(vmid !== undefined && { vmid }),
    ...endOf(entry),
  };
}

/** An entry of a Backup Server's or Datacenter Manager's list (PVE wire facts 9.2, 10). */
export function readServerTask(clusterId: string, entry: ServerTaskEntry): Task {
  const parsed = parseUpid(entry.upid);
  const id = entry.worker_id ?? entry.id ?? parsed?.id ?? '';
  const type = entry.worker_type ?? entry.type ?? parsed?.type ?? 'task';
  return {
    clusterId,
    upid: entry.upid,
    node: parsed?.node ?? entry.node ?? '',
    type,
    user: entry.user ?? parsed?.user ?? '',
    startedAtMs: entry.starttime * 1000,
    ...aboutWhat(parsed, type, id),
    ...endOf(entry),
  };
}

/** A task that we were told the name of, before any list has it. */
export function startedTask(clusterId: string, upid: string, parsed: Upid): Task {
  const { node, type, user, startedAtMs, id } = parsed;
  return { clusterId, upid, node, type, user, state: 'running', startedAtMs, ...aboutWhat(parsed, type, id) };
}

/** A guest where Proxmox VE runs it, else words. */
function aboutWhat(parsed: Upid | undefined, type: string, id: string): Partial<Task> {
  const vmid = parsed?.form === 'pve' ? vmidOf(id) : undefined;
  const subject = vmid === undefined && parsed?.form === 'pbs' ? subjectOf(type, id) : undefined;
  return {
    ...(parsed?.remote !== undefined && { remote: parsed.remote }),
    ...(vmid !== undefined && { vmid }),
    ...(subject !== undefined && { subject }),
  };
}

function endOf({ endtime, status = '' }: Ending): Pick<Task, 'state' | 'endedAtMs' | 'exitText'> {
  if (endtime === undefined) return { state: 'running' };
  const state = endState(status);
  return { state, endedAtMs: endtime * 1000, ...(state !== 'ok' && status !== '' && { exitText: status }) };
}
