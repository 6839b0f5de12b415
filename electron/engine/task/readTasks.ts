import { endState } from '../../../shared/codec/task/ending.ts';
import { vmidOf } from '../../../shared/codec/task/upid.ts';
import type { Task } from '../../../shared/model/task.ts';
import type { TaskEntry } from '../api/schemas.ts';

/** An entry of `/cluster/tasks` in our words (PVE wire facts 6.2). One that runs has no end and no status. */
export function readTask(clusterId: string, entry: TaskEntry): Task {
  const vmid = vmidOf(entry.id);
  const exit = entry.status ?? '';
  const isRunning = entry.endtime === undefined;
  const state = isRunning ? 'running' : endState(exit);
  return {
    clusterId,
    upid: entry.upid,
    node: entry.node,
    type: entry.type,
    user: entry.tokenid === undefined ? (entry.user ?? '') : `${entry.user ?? ''}!${entry.tokenid}`,
    state,
    startedAtMs: entry.starttime * 1000,
    ...(vmid !== undefined && { vmid }),
    ...(entry.endtime !== undefined && { endedAtMs: entry.endtime * 1000 }),
    ...(state !== 'running' && state !== 'ok' && exit !== '' && { exitText: exit }),
  };
}
