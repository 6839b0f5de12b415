import type { LabTask } from '../../tasks/task.ts';

/** A token's id is split into user and token name in replies (PVE wire facts 6.1). */
const ownerOf = (authId: string): { user: string; tokenid?: string } => {
  const [user = '', tokenid] = authId.split('!');
  return tokenid === undefined ? { user } : { user, tokenid };
};

/** A running task has neither `endtime` nor `status` in the cluster's list, and `RUNNING` in a node's. */
export function taskRow(task: LabTask, where: 'cluster' | 'node'): Record<string, unknown> {
  const { node, pid, pstart, startS, type, id, user } = task.key;
  const base = { upid: task.upid, node, pid, pstart, starttime: startS, type, id, ...ownerOf(user) };
  if (task.isRunning) return where === 'cluster' ? base : { ...base, status: 'RUNNING' };
  const endtime = Math.floor((task.endedAtMs ?? 0) / 1000);
  return { ...base, endtime, status: task.exitStatus, ...(where === 'cluster' ? { saved: '1' } : {}) };
}

export function taskStatus(task: LabTask): Record<string, unknown> {
  const { node, pid, pstart, startS, type, id, user } = task.key;
  const base = { upid: task.upid, node, pid, pstart, starttime: startS, type, id, ...ownerOf(user) };
  return task.isRunning ? { ...base, status: 'running' } : { ...base, status: 'stopped', exitstatus: task.exitStatus };
}

export type TaskClass = 'ok' | 'warning' | 'error' | 'unknown';

export function classOf(exitStatus: string): TaskClass {
  if (exitStatus === 'OK') return 'ok';
  if (/^WARNINGS: \d+$/.test(exitStatus)) return 'warning';
  return exitStatus === 'unexpected status' ? 'unknown' : 'error';
}
