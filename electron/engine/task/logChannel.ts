import type { Clock } from '../../../shared/base/clock.ts';
import { abortable, sleep } from '../../../shared/base/abort.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { isLastLine } from '../../../shared/codec/task/ending.ts';
import { parseUpid } from '../../../shared/codec/task/upid.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';
import { askTaskEnd } from '../api/taskEnd.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { readLogPage, type TaskPlace } from './taskLog.ts';

const POLL_MS = 1_000;
const DRAIN_MS = 5_000;

/**
 * Follows a task's log into a stream: lines as they come, each ended by LF, and the end of the stream after the last
 * one. What the reader has not taken is not asked for. The first `after` lines are left out.
 */
export function followTaskLog(
  session: ClusterSession,
  clock: Clock,
  { upid, after }: { readonly upid: string; readonly after: number },
  out: ByteDuplex,
): void {
  if (!parseUpid(upid)) {
    out.close(DRAIN_MS, { kind: 'failed', error: new AppError('invalid', 'That is not the name of a task.') });
    return;
  }
  const abort = new AbortController();
  out.onData((chunk) => out.consumed(chunk.length));
  out.onEnd(() => {});
  out.onClose(() => abort.abort());
  out.start();
  const follower = new Follower(session, clock, { product: session.product, upid, after }, out, abort.signal);
  follower.run().then(
    () => out.end(),
    (error: unknown) => out.close(DRAIN_MS, { kind: 'failed', error: AppError.from(error) }),
  );
}

class Follower {
  readonly #session: ClusterSession;
  readonly #clock: Clock;
  readonly #place: TaskPlace;
  readonly #out: ByteDuplex;
  readonly #signal: AbortSignal;
  #read: number;
  #hasRead = false;

  constructor(
    session: ClusterSession,
    clock: Clock,
    place: TaskPlace & { after: number },
    out: ByteDuplex,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#place = place;
    this.#read = place.after;
    this.#out = out;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    while (!(await this.#readOn())) await sleep(this.#clock, POLL_MS, this.#signal);
  }

  /** True when the last line was written. */
  async #readOn(): Promise<boolean> {
    // Asked before the log is read: what is in the log after the end is all there will ever be.
    const isOver = this.#hasRead && (await this.#isOver());
    this.#hasRead = true;
    for (;;) {
      const page = await readLogPage(this.#session.api, this.#place, this.#read, { signal: this.#signal });
      const isLast = !page.hasMore && page.tail !== undefined && (isOver || isLastLine(page.tail));
      const lines = isLast && page.tail !== undefined ? [...page.lines, page.tail] : page.lines;
      this.#read += lines.length;
      if (lines.length > 0) await this.#write(`${lines.join('\n')}\n`);
      if (!page.hasMore) return isLast || (isOver && page.tail === undefined);
    }
  }

  async #isOver(): Promise<boolean> {
    return (await askTaskEnd(this.#session.api, this.#place, { signal: this.#signal })) !== undefined;
  }

  #write(text: string): Promise<void> {
    return abortable(new Promise<void>((resolve) => this.#out.write(Buffer.from(text), resolve)), this.#signal);
  }
}
