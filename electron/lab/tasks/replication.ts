import type { Clock } from '../../../shared/base/clock.ts';
import type { LabCluster } from '../cluster/cluster.ts';
import { ApiError } from '../http/apiError.ts';
import type { LabQuirks } from '../quirks.ts';
import { LabTask, type TaskContext } from './task.ts';
import { stamp } from './text.ts';

const STEPS = 8; // zfs prints a line a second
const MIB = 1 << 20;

interface Run {
  readonly task: LabTask;
  readonly startS: number;
}

export interface ReplicationJob {
  readonly id: string;
  readonly vmid: number;
  readonly target: string;
}

/** Replication jobs: no tasks, but states and logs of their own, of the newest run (PVE wire facts 6.4 i). */
export class Replications {
  readonly #cluster: LabCluster;
  readonly #clock: Clock;
  readonly #quirks: LabQuirks;
  readonly #jobs = new Map<string, ReplicationJob>();
  readonly #runs = new Map<string, Run>();

  constructor(cluster: LabCluster, clock: Clock, quirks: LabQuirks) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#quirks = quirks;
  }

  get jobs(): readonly ReplicationJob[] {
    return [...this.#jobs.values()];
  }

  add(job: ReplicationJob): void {
    this.#jobs.set(job.id, job);
  }

  of(node: string): Record<string, unknown>[] {
    return this.jobs
      .filter(({ vmid }) => this.#cluster.guests.get(vmid)?.node === node)
      .map((job) => this.state(job.id));
  }

  state(id: string): Record<string, unknown> {
    const job = this.#job(id);
    const run = this.#runs.get(id);
    const ended = run?.task.endedAtMs;
    const hasFailed = run?.task.exitStatus !== undefined && run.task.exitStatus !== 'OK';
    return {
      ...{ id, guest: job.vmid, type: 'local', target: job.target, jobnum: Number(id.split('-')[1]) },
      ...{ schedule: '*/15', last_try: run?.startS ?? 0, fail_count: hasFailed ? 1 : 0 },
      ...(run && ended !== undefined && { duration: ended / 1000 - run.startS, last_sync: hasFailed ? 0 : run.startS }),
      ...(run?.task.isRunning && { pid: 4711 }),
      ...(hasFailed && { error: run.task.exitStatus }),
    };
  }

  /** Without the last line of a task: it is none. */
  log(id: string): readonly string[] {
    this.#job(id);
    return (this.#runs.get(id)?.task.lines ?? []).filter((line) => !line.startsWith('TASK '));
  }

  /** Runs it now. `error`: how it ends. */
  start(id: string, error?: string): void {
    const job = this.#job(id);
    const startS = Math.floor(this.#clock.wallMs() / 1000);
    const node = this.#cluster.guests.get(job.vmid)?.node ?? '';
    const key = { node, type: 'replication', id, user: 'root@pam', pid: 4711, pstart: 1, startS };
    const task = new LabTask(key, this.#clock, this.#quirks);
    this.#runs.set(id, { task, startS });
    void task.run((context) => this.#replicate(context, job, error));
  }

  dispose(): void {
    for (const { task } of this.#runs.values()) task.dispose();
  }

  async #replicate(task: TaskContext, { id, vmid, target }: ReplicationJob, error?: string): Promise<void> {
    const say = (text: string) => task.log(`${stamp(task.nowMs())} ${id}: ${text}`);
    const snapshot = `__replicate_${id}_${Math.floor(task.nowMs() / 1000)}__`;
    say('start replication job');
    say(`guest => VM ${vmid}, running => 4711`);
    for (const disk of this.#cluster.guests.get(vmid)?.disks.slice(0, 1) ?? []) {
      const volume = `${disk.storage}:${disk.volume}`;
      say(`volumes => ${volume}`);
      say(`create snapshot '${snapshot}' on ${volume}`);
      say('using secure transmission, rate limit: none');
      say(`full sync '${volume}' (${snapshot})`);
      const totalMib = Math.round(disk.sizeBytes / MIB);
      say(`total estimated size is ${totalMib}M`);
      for (let step = 1; step <= STEPS; step += 1) {
        await task.sleep(1000);
        if (error !== undefined && step > STEPS / 2) {
          say(`end replication job with error: ${error}`);
          throw new Error(error);
        }
        const time = stamp(task.nowMs()).slice(11);
        say(`${time}   ${Math.round((totalMib / STEPS) * step)}M   rpool/data/${disk.volume}@${snapshot}`);
      }
    }
    say(`delete previous replication snapshot of ${target}`);
    say('end replication job');
  }

  #job(id: string): ReplicationJob {
    const job = this.#jobs.get(id);
    if (!job) throw new ApiError(500, `no such replication job '${id}'`);
    return job;
  }
}
