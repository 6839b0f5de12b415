import { AppError } from '../../../shared/base/errors.ts';
import { type Disposable, toDisposable } from '../../../shared/base/lifecycle.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { openChannel } from '../../api/engine.ts';

export interface TaskLog {
  /** The last lines; older ones fell out. */
  readonly lines: readonly string[];
  readonly end: CloseReason | undefined;
}

/** As many as the engine keeps. */
const MOST_LINES = 5_000;

/** Joins chunks of UTF-8 to lines; a line may come in any number of pieces. */
export class LineJoiner {
  readonly #decoder = new TextDecoder();
  #rest = '';

  add(chunk: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}

/** Follows a task's log to its end. `show` is called at most once a frame; read bytes count as consumed then. */
export function followTaskLog(
  params: { readonly clusterId: string; readonly upid: string },
  show: (log: TaskLog) => void,
): Disposable {
  let log: TaskLog = { lines: [], end: undefined };
  let channel: ReturnType<typeof openChannel>;
  try {
    channel = openChannel('task.log', params);
  } catch (error) {
    show({ lines: [], end: { kind: 'failed', error: AppError.from(error) } });
    return toDisposable(() => undefined);
  }
  const joiner = new LineJoiner();
  let fresh: string[] = [];
  let unshownBytes = 0;
  let frame = 0;
  const flush = () => {
    frame = 0;
    log = { ...log, lines: [...log.lines, ...fresh].slice(-MOST_LINES) };
    fresh = [];
    show(log);
    channel.consumed(unshownBytes);
    unshownBytes = 0;
  };
  channel.onData((chunk) => {
    fresh.push(...joiner.add(chunk));
    unshownBytes += chunk.length;
    // A hidden window gets no frames: the log waits there, and its credit keeps the engine from sending more.
    frame ||= requestAnimationFrame(flush);
  });
  channel.onEnd(() => undefined);
  channel.onClose((end) => {
    log = { ...log, end };
    if (!frame) show(log);
  });
  channel.start();
  return toDisposable(() => {
    cancelAnimationFrame(frame);
    channel.dispose();
  });
}
