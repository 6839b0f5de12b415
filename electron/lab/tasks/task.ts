import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { LabQuirks } from '../quirks.ts';
import { formatUpid, type TaskKey } from './upid.ts';

/** Thrown out of `sleep` when somebody stopped the task. */
export class TaskStopped extends Error {
  constructor() {
    super('interrupted by signal');
  }
}

/** What a task's body works with. */
export interface TaskContext {
  readonly upid: string;
  readonly signal: AbortSignal;
  log(line: string): void;
  /** A line `WARN: …`; the task then ends with `WARNINGS: n`. */
  warn(text: string): void;
  /** Waits at the lab's pace. Rejects with `TaskStopped`. */
  sleep(ms: number): Promise<void>;
  /** Waits as long as it says, for what has a pace of its own. Rejects with `TaskStopped`. */
  wait(ms: number): Promise<void>;
  nowMs(): number;
}

export type TaskBody = (context: TaskContext) => Promise<void>;

const PARTIAL_EVERY_LINES = 7;
const PARTIAL_MS = 180; // how long half a line is seen

/** A running or ended job with its log. */
export class LabTask implements TaskContext {
  readonly key: TaskKey;
  readonly upid: string;
  readonly #clock: Clock;
  readonly #quirks: LabQuirks;
  readonly #stopper = new AbortController();
  readonly #lines: string[] = [];
  readonly #endListeners = new Set<() => void>();
  #finishLine: Disposable | undefined;
  #pendingLine: { index: number; line: string } | undefined;
  #warnings = 0;
  #endedAtMs: number | undefined;
  #exitStatus: string | undefined;

  constructor(key: TaskKey, clock: Clock, quirks: LabQuirks) {
    this.key = key;
    this.upid = formatUpid(key);
    this.#clock = clock;
    this.#quirks = quirks;
  }

  get isRunning(): boolean {
    return this.#exitStatus === undefined;
  }

  /** `OK`, `WARNINGS: 2`, `unexpected status` or the error's words. */
  get exitStatus(): string | undefined {
    return this.#exitStatus;
  }

  get endedAtMs(): number | undefined {
    return this.#endedAtMs;
  }

  /** The last one may be half written. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  get signal(): AbortSignal {
    return this.#stopper.signal;
  }

  nowMs(): number {
    return this.#clock.wallMs();
  }

  log(line: string): void {
    if (!this.isRunning) return;
    this.#completeLine();
    const isPartial = this.#quirks.partialLines && this.#lines.length % PARTIAL_EVERY_LINES === PARTIAL_EVERY_LINES - 1;
    if (!isPartial) {
      this.#lines.push(line);
      return;
    }
    const index = this.#lines.push(line.slice(0, Math.ceil(line.length / 2))) - 1;
    this.#pendingLine = { index, line };
    this.#finishLine = this.#clock.timer(PARTIAL_MS, () => this.#completeLine());
  }

  #completeLine(): void {
    this.#finishLine?.dispose();
    if (this.#pendingLine !== undefined) this.#lines[this.#pendingLine.index] = this.#pendingLine.line;
    this.#pendingLine = undefined;
  }

  warn(text: string): void {
    this.#warnings += 1;
    this.log(`WARN: ${text}`);
  }

  sleep(ms: number): Promise<void> {
    return this.wait(ms / this.#quirks.taskPace);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) return reject(new TaskStopped());
      const stop = () => {
        timer.dispose();
        reject(new TaskStopped());
      };
      const timer = this.#clock.timer(ms, () => {
        this.signal.removeEventListener('abort', stop);
        resolve();
      });
      this.signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Runs the body to its end and writes the last line. */
  async run(body: TaskBody): Promise<void> {
    try {
      await body(this);
      this.#end(this.#warnings > 0 ? `WARNINGS: ${this.#warnings}` : 'OK');
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#end(text.split('\n')[0] ?? 'unknown error', `TASK ERROR: ${text}`);
    }
  }

  #end(exitStatus: string, lastLine = exitStatus === 'OK' ? 'TASK OK' : `TASK ${exitStatus}`): void {
    if (!this.isRunning) return;
    this.#completeLine();
    this.#lines.push(lastLine);
    this.#close(exitStatus);
  }

  #close(exitStatus: string): void {
    this.#completeLine();
    this.#exitStatus = exitStatus;
    this.#endedAtMs = this.#clock.wallMs();
    for (const listener of this.#endListeners) listener();
    this.#endListeners.clear();
  }

  /** Asks politely, then kills: the task then has no last line. Resolves when it is over (PVE wire facts 6.2). */
  stop(): Promise<void> {
    if (!this.isRunning) return Promise.resolve();
    return new Promise((resolve) => {
      const killer = this.#clock.timer(this.#quirks.killAfterMs, () => {
        this.#close('unexpected status');
        this.#stopper.abort();
      });
      this.#endListeners.add(() => {
        killer.dispose();
        resolve();
      });
      if (!this.#quirks.stubbornTasks) this.#stopper.abort();
    });
  }

  /** For history: what it said and how it ended, some time ago. */
  fill(lines: readonly string[], exitStatus: string, endedAtMs: number): void {
    this.#lines.push(...lines);
    this.#exitStatus = exitStatus;
    this.#endedAtMs = endedAtMs;
  }

  /** Ends it without a trace, at the lab's end. */
  dispose(): void {
    if (this.isRunning) this.#close('unexpected status');
    this.#stopper.abort();
  }
}
