import * as z from 'zod/mini';

import type { Clock } from '../../../shared/base/clock.ts';
import { replicationRun, vmidOf } from '../../../shared/codec/task/upid.ts';
import type { Task } from '../../../shared/model/task.ts';
import { lenient, listOf, perlNumber, perlText } from '../api/perl.ts';
import { nodesAnswer } from '../api/schemas.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

const JOBS_MS = 60_000; // whether there are any
const STATES_MS = 10_000; // a job runs every minute at most, mostly every quarter of an hour
const SCHEDULER = 'schedule'; // in place of who started it

const jobsAnswer = listOf(z.object({ id: perlText }));
const statesAnswer = listOf(
  z.object({
    id: perlText,
    guest: lenient(perlText),
    last_try: lenient(perlNumber),
    last_sync: lenient(perlNumber),
    duration: lenient(perlNumber),
    error: lenient(perlText),
    pid: lenient(perlNumber),
  }),
);
type JobState = z.infer<typeof statesAnswer>[number];

/**
 * The newest run of each replication job of a cluster, as a task: the server counts them as none (PVE wire facts 6.4 i).
 * A cluster without jobs is asked once a minute.
 */
export class Replications {
  readonly #session: ClusterSession;
  readonly #clock: Clock;
  #hasJobs = false;
  #jobsAtMs = Number.NEGATIVE_INFINITY;
  #statesAtMs = Number.NEGATIVE_INFINITY;
  #runs: readonly Task[] = [];

  constructor(session: ClusterSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  /** What was known before, where it cannot be had now: without the privilege nothing. Never rejects. */
  async list(signal: AbortSignal): Promise<readonly Task[]> {
    if (this.#session.product !== 'pve') return [];
    try {
      await this.#ask(signal);
    } catch {
      // The list of tasks is asked beside it and tells what goes wrong.
    }
    return this.#runs;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const options = { isBackground: true, signal };
    const { api } = this.#session;
    if (nowMs - this.#jobsAtMs >= JOBS_MS) {
      this.#jobsAtMs = nowMs;
      this.#hasJobs = (await api.get('/cluster/replication', jobsAnswer, options)).length > 0;
      if (!this.#hasJobs) this.#runs = [];
    }
    const isRunning = this.#runs.some(({ state }) => state === 'running');
    if (!this.#hasJobs || (!isRunning && nowMs - this.#statesAtMs < STATES_MS)) return;
    this.#statesAtMs = nowMs;
    const nodes = (await api.get('/nodes', nodesAnswer, options)).filter(
      ({ status }) => (status ?? 'online') === 'online',
    );
    const runs = await Promise.all(
      nodes.map(async ({ node }) => {
        const states = await api.get(`/nodes/${encodeURIComponent(node)}/replication`, statesAnswer, options);
        return states.flatMap((state) => this.#runOf(node, state) ?? []);
      }),
    );
    this.#runs = runs.flat();
  }

  /** A job that never ran has none. */
  #runOf(node: string, { id, guest, last_try, last_sync, duration = 0, error, pid }: JobState): Task | undefined {
    const startS = last_try ?? last_sync ?? 0;
    if (startS <= 0) return undefined;
    const vmid = vmidOf(guest ?? id.split('-')[0]);
    const run = {
      clusterId: this.#session.id,
      upid: replicationRun(node, id, startS),
      ...{ node, type: 'replication', user: SCHEDULER, startedAtMs: startS * 1000 },
      ...(vmid !== undefined && { vmid }),
    };
    if (pid !== undefined && pid > 0) return { ...run, state: 'running' };
    const endedAtMs = Math.round((startS + duration) * 1000);
    if (error !== undefined && error !== '') return { ...run, state: 'failed', endedAtMs, exitText: error };
    return { ...run, state: 'ok', endedAtMs };
  }
}
