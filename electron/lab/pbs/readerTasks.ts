/** One session of the reader protocol, as the server's task list shows it. */
export interface ReaderTask {
  readonly upid: string;
  /** `store:vm/100/65E19B14`. */
  readonly workerId: string;
  readonly user: string;
  readonly startedS: number;
  endedS: number | undefined;
  status: string | undefined;
  readonly lines: string[];
}

const hex = (value: number, digits = 8): string => value.toString(16).toUpperCase().padStart(digits, '0');
const escapeUnit = (text: string): string => text.replaceAll(':', '\\x3a').replaceAll('/', '-');

/** RFC 3339 in front of every line (PBS facts 9.2). */
const stamp = (timeS: number): string => new Date(timeS * 1000).toISOString().replace(/\.\d+Z$/, '+00:00');

/** The tasks of the server; the lab has no others than readers. */
export class ReaderTasks {
  readonly #nowS: () => number;
  readonly all: ReaderTask[] = [];

  constructor(nowS: () => number) {
    this.#nowS = nowS;
  }

  start(workerId: string, user: string): ReaderTask {
    const startedS = Math.floor(this.#nowS());
    const place = `${hex(4000 + this.all.length)}:${hex(77_000)}:${hex(this.all.length)}:${hex(startedS)}`;
    const upid = `UPID:pbs1:${place}:reader:${escapeUnit(workerId)}:${user}:`;
    const task: ReaderTask = { upid, workerId, user, startedS, endedS: undefined, status: undefined, lines: [] };
    this.all.push(task);
    this.log(task, `starting new backup reader datastore '${workerId.split(':')[0] ?? ''}': "/mnt/lab"`);
    this.log(task, 'protocol upgrade done');
    return task;
  }

  log(task: ReaderTask, text: string): void {
    task.lines.push(`${stamp(this.#nowS())}: ${text}`);
  }

  end(task: ReaderTask): void {
    if (task.status !== undefined) return;
    this.log(task, 'reader finished successfully');
    this.log(task, 'TASK OK');
    task.status = 'OK';
    task.endedS = Math.floor(this.#nowS());
  }

  find(upid: string): ReaderTask | undefined {
    return this.all.find((task) => task.upid === upid);
  }
}
