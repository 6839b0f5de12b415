import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { isLastLine } from '../../../shared/codec/task/ending.ts';
import { Forecaster } from '../../../shared/codec/task/forecaster.ts';
import { LogFeed } from '../../../shared/codec/task/logFeed.ts';
import { type LogHints, LogParser } from '../../../shared/codec/task/logParser.ts';
import type { TaskProgress } from '../../../shared/model/task.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { Latest } from './latest.ts';
import { readLogPage, type TaskPlace } from './taskLog.ts';
import { VolumeSizes } from './volumeSizes.ts';

const POLL_MS = 1_000; // the server writes a line a second at most (PVE wire facts 6.4)
const SLOW_MS = 5_000; // when reading fails: it may be without the privilege
const PROGRESS_MS = 250; // at most four events a second

export interface WatchedTask {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly vmid?: number | undefined;
  /** Of the guest, where it is known. */
  readonly memoryBytes: () => number | undefined;
}

/** Reads the log of a running task and says how far it is, until it is disposed. */
export class TaskProgressWatch implements Disposable {
  readonly #session: ClusterSession;
  readonly #clock: Clock;
  readonly #place: TaskPlace;
  readonly #parser: LogParser;
  readonly #feed: LogFeed;
  readonly #forecaster = new Forecaster();
  readonly #onProgress: (progress: TaskProgress) => void;
  readonly #progress: Latest<TaskProgress>;
  readonly #onLastLine: () => void;
  readonly #abort = new AbortController();
  #timer: Disposable | undefined;
  #read = 0;
  #isOver = false;
  #polling: Promise<void>;

  constructor(
    session: ClusterSession,
    clock: Clock,
    task: WatchedTask,
    listeners: { onProgress: (progress: TaskProgress) => void; onLastLine: () => void },
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#place = { product: session.product, upid: task.upid };
    this.#parser = new LogParser(task.type, this.#hints(task));
    this.#feed = new LogFeed(this.#parser);
    this.#onProgress = listeners.onProgress;
    this.#progress = new Latest(clock, PROGRESS_MS, listeners.onProgress);
    this.#onLastLine = listeners.onLastLine;
    this.#polling = this.#poll();
  }

  /** The task is over: reads what is left of its log, tells what that says, and is disposed. */
  async finish(): Promise<void> {
    this.#isOver = true;
    this.#timer?.dispose();
    await this.#polling;
    try {
      await this.#readOn();
    } catch {
      // What it was last is what is known of it.
    }
    this.dispose();
  }

  /** Asked for when a line needs them. */
  #hints({ node, type, vmid, memoryBytes }: WatchedTask): LogHints {
    if (vmid === undefined || this.#session.product !== 'pve') return {};
    const owner = { node, vmid, type: type.startsWith('vz') ? ('lxc' as const) : ('qemu' as const) };
    return {
      get memoryBytes() {
        return memoryBytes();
      },
      volumeBytes: new VolumeSizes(this.#session, owner, this.#abort.signal).of,
    };
  }

  dispose(): void {
    this.#abort.abort();
    this.#timer?.dispose();
    this.#progress.dispose();
  }

  async #poll(): Promise<void> {
    let waitMs = POLL_MS;
    try {
      if (this.#session.isActive) await this.#readOn();
    } catch (error) {
      if (AppError.from(error).code === 'aborted') return;
      waitMs = SLOW_MS;
    }
    if (this.#abort.signal.aborted || this.#isOver) return;
    this.#timer = this.#clock.timer(waitMs, () => {
      this.#polling = this.#poll();
    });
  }

  #isKnown = false;

  /** With every look, also where no line came: a standstill shows in that alone. */
  #tell(): void {
    const { progress, facts } = this.#parser;
    const look = { atMs: this.#clock.nowMs(), wallMs: this.#clock.wallMs(), progress, facts };
    const now = this.#forecaster.push(look);
    const text = JSON.stringify(now);
    if (text === this.#told) return;
    this.#told = text;
    if (this.#isOver) this.#onProgress(now);
    else this.#progress.push(now);
  }
  #told = '';

  async #readOn(): Promise<void> {
    let hasMore = true;
    while (hasMore) {
      const page = await readLogPage(this.#session.api, this.#place, this.#read, {
        signal: this.#abort.signal,
        isBackground: true,
      });
      this.#read += page.lines.length;
      const isWhole = this.#isOver && !page.hasMore && page.tail !== undefined;
      const isTold = isWhole
        ? this.#feed.push([...page.lines, page.tail], undefined)
        : this.#feed.push(page.lines, page.tail);
      this.#isKnown = isTold || this.#isKnown;
      if (page.tail !== undefined && isLastLine(page.tail)) this.#onLastLine();
      hasMore = page.hasMore;
    }
    if (this.#isKnown) this.#tell();
  }
}
