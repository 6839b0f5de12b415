import * as z from 'zod/mini';

import { sleep, throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { endState } from '../../../shared/codec/task/ending.ts';
import { taskLogAnswer, tasksAnswer, taskStatusAnswer } from '../api/schemas.ts';
import { taskPath } from '../api/taskPath.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

const FIRST_MS = 300; // small files are copied at once
const MOST_MS = 2_000;
const HEAD_LINES = 50;
const ALL_LINES = 20_000; // of a migration that took hours; some 2 MiB
const LATE_S = 5; // clocks of nodes and this machine differ

export interface FollowOptions {
  readonly session: ClusterSession;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Waits for the end of a server's task and gives its exit text. Goes on over lost connections, sleep and sign-outs. */
export async function untilTaskEnds(upid: string, { session, clock, signal }: FollowOptions): Promise<string> {
  const path = taskPath(session.product, upid, 'status');
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(MOST_MS, waitMs * 1.5)) {
    try {
      if (!session.isActive) throw new AppError('session-expired', 'You are signed out.', { retry: 'after-login' });
      const { status, exitstatus } = await session.api.get(path, taskStatusAnswer, { signal, isBackground: true });
      if (status === 'stopped') return exitstatus ?? '';
    } catch (error) {
      throwIfAborted(signal);
      if (AppError.from(error).retry === 'never') throw error; // signed out, or out of reach: the task goes on
    }
    await sleep(clock, waitMs, signal);
  }
}

/** Throws with the server's own words where the task did not end well. */
export function checkTaskEnd(exitText: string): void {
  const state = endState(exitText);
  if (state === 'ok' || state === 'warnings') return;
  if (/^checksum mismatch/.test(exitText)) {
    throw new AppError('server', `What arrived has another checksum: ${exitText}. The file was not kept.`);
  }
  throw new AppError('server', `The server's task failed: ${exitText || 'without a reason'}`, { retry: 'later' });
}

/** The first lines of a task's log. */
export async function readTaskLog(
  upid: string,
  { session, signal }: FollowOptions,
  limit = HEAD_LINES,
): Promise<string[]> {
  const query = { start: 0, limit };
  const lines = await session.api.get(taskPath(session.product, upid, 'log'), taskLogAnswer, { query, signal });
  return lines.map((line) => line.t);
}

/** What a failed task says went wrong: the log tells more than `migration aborted`. */
export async function whyTaskFailed(upid: string, options: FollowOptions): Promise<string | undefined> {
  const lines = await readTaskLog(upid, options, ALL_LINES);
  const said = lines.flatMap(
    (line) => /\bERROR: (?:migration aborted \(duration [^)]*\): )?(.+)$/.exec(line)?.[1] ?? [],
  );
  return said.filter((words) => !/^migration (aborted|problems)/.test(words)).at(-1);
}

export interface TaskSearch {
  readonly node: string;
  readonly type: string;
  readonly sinceMs: number;
  /** True for the one that is meant, by its log. */
  readonly isIt: (log: readonly string[]) => boolean;
}

/** Finds a task of ours whose name we were never told; `undefined` where there is none. */
export async function findTask(search: TaskSearch, options: FollowOptions): Promise<string | undefined> {
  const { session, signal } = options;
  const query = {
    typefilter: search.type,
    source: 'all',
    limit: 50,
    since: Math.floor(search.sinceMs / 1000) - LATE_S,
  };
  const path = `/nodes/${encodeURIComponent(search.node)}/tasks`;
  const found = await session.api.get(path, tasksAnswer, { query, signal });
  const ours = found.filter(
    (task) => session.user === (task.tokenid ? `${task.user ?? ''}!${task.tokenid}` : task.user),
  );
  for (const { upid } of ours) if (search.isIt(await readTaskLog(upid, options))) return upid;
  return undefined;
}

/** Asks a task to stop; one that is over already is no error. */
export async function stopTask(upid: string, session: ClusterSession, signal?: AbortSignal): Promise<void> {
  await session.api.delete(taskPath(session.product, upid, ''), z.unknown(), { signal });
}
