import type { Task } from '../../../shared/model/task.ts';
import { serverTasksAnswer, tasksAnswer } from '../api/schemas.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { readServerTask, readTask } from './readTasks.ts';

const RECENT = 100; // of those that are over; what runs is asked for beside it, however old

interface ListOptions {
  readonly signal: AbortSignal;
}

/**
 * What runs and what ended lately, as the server lists it. A Datacenter Manager lists its own tasks and, from a memory
 * of its own that may lag, those of its remotes (PVE wire facts 6.2, 9.2, 10).
 */
export async function listTasks(session: ClusterSession, { signal }: ListOptions): Promise<Task[]> {
  const options = { isBackground: true, signal };
  const { api, id, product } = session;
  if (product === 'pve') {
    const entries = await api.get('/cluster/tasks', tasksAnswer, options);
    return entries.map((entry) => readTask(id, entry));
  }
  const ask = async (path: string) => {
    const queries = [{ limit: RECENT }, { running: 1, limit: 0 }];
    const lists = await Promise.all(queries.map((query) => api.get(path, serverTasksAnswer, { ...options, query })));
    return lists.flat();
  };
  const paths = product === 'pdm' ? ['/remotes/tasks/list', '/nodes/localhost/tasks'] : ['/nodes/localhost/tasks'];
  const entries = (await Promise.all(paths.map(ask))).flat();
  const byUpid = new Map(entries.map((entry) => [entry.upid, entry]));
  return [...byUpid.values()].map((entry) => readServerTask(id, entry));
}
