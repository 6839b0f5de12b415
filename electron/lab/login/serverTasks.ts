import type { Clock } from '../../../shared/base/clock.ts';
import { ApiError } from '../http/apiError.ts';

/** A task of a Backup Server, a Datacenter Manager, or of one of its remotes. */
export interface ServerTask {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  /** As the list gives it; in the UPID it is escaped. */
  readonly workerId: string;
  readonly user: string;
  readonly startedS: number;
  readonly remote: string | undefined;
  endedS: number | undefined;
  status: string | undefined;
  readonly lines: string[];
}

export interface TaskWish {
  readonly type: string;
  readonly workerId?: string;
  readonly user?: string;
  /** `pve:north`: it runs there, and has the other server's form. */
  readonly remote?: string;
  readonly node?: string;
  /** How long it runs already. */
  readonly ageS?: number;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What goes out beside `data`. */
export interface TaskAnswer {
  readonly data: unknown;
  readonly total?: number;
  readonly success?: 1;
  readonly active?: boolean;
}

const own = '/nodes/localhost/tasks';
const hex = (value: number, digits = 8): string => value.toString(16).toUpperCase().padStart(digits, '0');
/** As systemd escapes the names of its units. */
const escapeUnit = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9:_./]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll(':', '\\x3a')
    .replaceAll('/', '-');

/** The task lists of Backup Server and Datacenter Manager (PVE wire facts 9.2, 10). Tests start, write and end them. */
export class ServerTasks {
  readonly all: ServerTask[] = [];
  readonly #clock: Clock;
  readonly #product: 'pbs' | 'pdm';

  constructor(clock: Clock, product: 'pbs' | 'pdm') {
    this.#clock = clock;
    this.#product = product;
  }

  get #nowS(): number {
    return Math.floor(this.#clock.wallMs() / 1000);
  }

  start({ type, workerId = '', user = 'root@pam', remote, node, ageS = 0 }: TaskWish): ServerTask {
    const startedS = this.#nowS - ageS;
    const isPve = remote?.startsWith('pve:') === true;
    const at = isPve ? (node ?? 'pve1') : (node ?? `${this.#product}1`);
    const pid = `${hex(4_000 + this.all.length)}:${hex(77_000)}`;
    const middle = isPve ? pid : `${pid}:${hex(this.all.length)}`;
    const id = isPve ? workerId : escapeUnit(workerId);
    const upid = `${remote === undefined ? '' : `${remote}!`}UPID:${at}:${middle}:${hex(startedS)}:${type}:${id}:${user}:`;
    const base = { upid, node: at, type, workerId, user, startedS, remote };
    const task: ServerTask = { ...base, endedS: undefined, status: undefined, lines: [] };
    this.all.push(task);
    return task;
  }

  /** Each line comes behind its time, but for those of Proxmox VE. */
  log(task: ServerTask, ...texts: readonly string[]): void {
    const stamp = new Date(this.#clock.wallMs()).toISOString().replace(/\.\d+Z$/, '+00:00');
    const isPve = task.remote?.startsWith('pve:') === true;
    task.lines.push(...texts.map((text) => (isPve ? text : `${stamp}: ${text}`)));
  }

  end(task: ServerTask, status = 'OK'): void {
    if (task.status !== undefined) return;
    const word = status === 'OK' || status.startsWith('WARNINGS') ? status : `ERROR: ${status}`;
    this.log(task, `TASK ${word}`);
    task.status = status;
    task.endedS = this.#nowS;
  }

  /** Undefined: that is nothing about tasks. */
  answer({ method, path, query }: Call): TaskAnswer | undefined {
    if (method === 'GET' && path === own) return this.#list(query, ({ remote }) => remote === undefined);
    if (method === 'GET' && path === '/remotes/tasks/list' && this.#product === 'pdm')
      return this.#list(query, ({ remote }) => remote !== undefined);
    const [, folder = '', name = '', what = ''] = /^(\/.*\/tasks)\/([^/]+)(?:\/(log|status))?$/.exec(path) ?? [];
    if (name === '') return undefined;
    const task = this.all.find(({ upid }) => upid === decodeURIComponent(name));
    if (!task || folder !== this.#folderOf(task)) throw new ApiError(400, 'no such task');
    if (method === 'DELETE' && what === '') return this.#stop(task);
    if (method !== 'GET') return undefined;
    if (what === 'log') return this.#log(task, query);
    const { upid, node, type, workerId, user, status } = task;
    const ended = status === undefined ? { status: 'running' } : { status: 'stopped', exitstatus: status };
    return { data: { upid, node, type, id: workerId, user, ...ended } };
  }

  #folderOf({ remote }: ServerTask): string {
    if (remote === undefined) return own;
    const [kind, name] = remote.split(':');
    return `/${kind}/remotes/${name}/tasks`;
  }

  /** The newest first; `limit` 0 for all. */
  #list(query: URLSearchParams, fits: (task: ServerTask) => boolean): TaskAnswer {
    const isRunning = query.get('running') === '1';
    const start = Number(query.get('start') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    const found = this.all
      .filter((task) => fits(task) && (!isRunning || task.status === undefined))
      .sort((a, b) => b.startedS - a.startedS);
    const rows = found.slice(start, limit === 0 ? undefined : start + limit).map(rowOf);
    return { data: rows, total: found.length };
  }

  /** Proxmox VE leaves `start` lines out; the others count one less, and the last one comes again. */
  #log({ lines, remote, status }: ServerTask, query: URLSearchParams): TaskAnswer {
    const start = Number(query.get('start') ?? 0);
    const limit = Number(query.get('limit') ?? 50);
    const first = remote?.startsWith('pve:') === true ? start + 1 : start;
    const rows = lines.map((t, at) => ({ n: at + 1, t })).filter(({ n }) => n >= first);
    const data = limit === 0 ? rows : rows.slice(0, limit);
    return { data, total: lines.length, success: 1, active: status === undefined };
  }

  #stop(task: ServerTask): TaskAnswer {
    this.end(task, 'abort requested - aborting task');
    return { data: null };
  }
}

function rowOf({ upid, node, type, workerId, user, startedS, endedS, status }: ServerTask): object {
  const ended = endedS === undefined ? {} : { endtime: endedS, status };
  const id = workerId === '' ? {} : { worker_id: workerId };
  return { upid, node, pid: 4_000, pstart: 77_000, starttime: startedS, worker_type: type, ...id, user, ...ended };
}
