import type { BackendPool } from './backends.ts';
import type { LabCluster } from './cluster/cluster.ts';
import type { LabGuest } from './cluster/model.ts';
import type { ConsoleBroker } from './console/consoleBroker.ts';
import { ApiError } from './http/apiError.ts';
import type { TaskContext } from './tasks/task.ts';
import type { TaskEngine } from './tasks/taskEngine.ts';

export type PowerAction = 'start' | 'stop' | 'shutdown' | 'reboot' | 'reset' | 'suspend' | 'resume';

const TASK_TYPES = {
  qemu: {
    start: 'qmstart',
    stop: 'qmstop',
    shutdown: 'qmshutdown',
    reboot: 'qmreboot',
    reset: 'qmreset',
    suspend: 'qmpause',
    resume: 'qmresume',
  },
  lxc: {
    start: 'vzstart',
    stop: 'vzstop',
    shutdown: 'vzshutdown',
    reboot: 'vzreboot',
    reset: undefined,
    suspend: 'vzsuspend',
    resume: 'vzresume',
  },
} as const;

export interface GuestsDeps {
  readonly cluster: LabCluster;
  readonly tasks: TaskEngine;
  readonly backends: BackendPool;
  readonly consoles: ConsoleBroker;
  nowMs(): number;
}

/** Changes what guests do: every action is a task, as in the real thing (PVE wire facts 2.5). */
export class Guests {
  readonly #deps: GuestsDeps;

  constructor(deps: GuestsDeps) {
    this.#deps = deps;
  }

  /** Gives the UPID. */
  power(guest: LabGuest, action: PowerAction, user: string): string {
    const type = TASK_TYPES[guest.type][action];
    if (type === undefined)
      throw new ApiError(501, `Method 'POST /nodes/${guest.node}/lxc/${guest.vmid}/status/${action}' not implemented`);
    this.#refuseWhenLocked(guest);
    const start = { node: guest.node, type, id: String(guest.vmid), user };
    return this.#deps.tasks.start(start, (task) => this.#run(task, guest, action)).upid;
  }

  #refuseWhenLocked(guest: LabGuest): void {
    const word = guest.type === 'qemu' ? 'VM' : 'CT';
    if (guest.lock !== undefined) throw new ApiError(500, `${word} is locked (${guest.lock})`);
    if (guest.isTemplate)
      throw new ApiError(500, `you can't start a ${guest.type === 'qemu' ? 'vm' : 'CT'} if it's a template`);
  }

  async #run(task: TaskContext, guest: LabGuest, action: PowerAction): Promise<void> {
    const word = guest.type === 'qemu' ? 'VM' : 'CT';
    const isRunning = guest.status === 'running';
    if (action === 'start') {
      if (isRunning) throw new Error(`${word} ${guest.vmid} already running`);
      return this.#start(task, guest);
    }
    if (!isRunning) {
      if (action === 'stop') return; // stopping what is stopped is fine
      throw new Error(`${word} ${guest.vmid} not running`);
    }
    if (action === 'stop') return this.#stop(task, guest, 400);
    if (action === 'shutdown') return this.#stop(task, guest, 2500);
    if (action === 'suspend' || action === 'resume') return this.#pause(guest, action === 'suspend');
    await this.#stop(task, guest, action === 'reset' ? 100 : 2500);
    await this.#start(task, guest);
  }

  async #start(task: TaskContext, guest: LabGuest): Promise<void> {
    if (guest.type === 'qemu') task.log(`generating cloud-init ISO`);
    await task.sleep(600);
    // Others get theirs when somebody opens a console.
    if (guest.backend === 'qemu' || this.#deps.backends.existing(guest.vmid) !== undefined) {
      await this.#deps.backends.ofGuest(guest);
    }
    this.markStarted(guest);
  }

  markStarted(guest: LabGuest): void {
    guest.status = 'running';
    guest.qmpstatus = 'running';
    guest.startedAtMs = this.#deps.nowMs();
    this.#deps.cluster.touch();
  }

  async #stop(task: TaskContext, guest: LabGuest, ms: number): Promise<void> {
    await task.sleep(ms);
    await this.#deps.backends.stopGuest(guest.vmid);
    this.markStopped(guest);
  }

  /** Its consoles end with it. */
  markStopped(guest: LabGuest): void {
    guest.status = 'stopped';
    guest.qmpstatus = 'stopped';
    this.#deps.consoles.cutGuest(guest.vmid);
    this.#deps.cluster.touch();
  }

  #pause(guest: LabGuest, isPaused: boolean): void {
    guest.qmpstatus = isPaused ? 'paused' : 'running';
    this.#deps.cluster.touch();
  }

  /** Lives on another node from now on. Streams of the old node just end (PVE wire facts 3.4). */
  move(guest: LabGuest, node: string): void {
    guest.node = node;
    this.#deps.consoles.cutGuest(guest.vmid);
    this.#deps.cluster.touch();
  }

  /** It lives in another cluster from now on; what is kept here is off. */
  leave(guest: LabGuest, isDeleted: boolean): void {
    if (guest.status === 'running') this.markStopped(guest);
    if (isDeleted) this.#deps.cluster.guests.delete(guest.vmid);
    this.#deps.cluster.touch();
  }

  setLock(guest: LabGuest, lock: string | undefined): void {
    guest.lock = lock;
    this.#deps.cluster.touch();
  }
}
