import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import { hasEngine, openChannel } from '../../api/engine.ts';
import { useConnection } from '../../state/connection.ts';

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

/**
 * Follows a task's log to its end. `show` is called at most once a frame; read bytes count as consumed then. Where the
 * link to the engine is lost it goes on over the next one, behind the lines that came.
 */
export function followTaskLog(params: TaskName, show: (log: TaskLog) => void): Disposable {
  const follower = new Follower(params, show);
  follower.open();
  return follower;
}

interface TaskName {
  readonly clusterId: string;
  readonly upid: string;
}

class Follower implements Disposable {
  readonly #params: TaskName;
  readonly #show: (log: TaskLog) => void;
  #log: TaskLog = { lines: [], end: undefined };
  /** Whole lines that came, also those that fell out. */
  #lineCount = 0;
  #fresh: string[] = [];
  #unshownBytes = 0;
  #frame = 0;
  #channel: Channel | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(params: TaskName, show: (log: TaskLog) => void) {
    this.#params = params;
    this.#show = show;
  }

  open(): void {
    try {
      const after = this.#lineCount;
      this.#join(openChannel('task.log', after > 0 ? { ...this.#params, after } : this.#params));
    } catch (error) {
      this.#handleClose({ kind: 'failed', error: AppError.from(error) });
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#stopWaiting?.();
    this.#channel?.dispose();
  }

  #join(channel: Channel): void {
    const joiner = new LineJoiner();
    this.#channel = channel;
    channel.onData((chunk) => {
      const lines = joiner.add(chunk);
      this.#fresh.push(...lines);
      this.#lineCount += lines.length;
      this.#unshownBytes += chunk.length;
      // A hidden window gets no frames: the log waits there, and its credit keeps the engine from sending more.
      this.#frame ||= requestAnimationFrame(() => this.#flush());
    });
    channel.onEnd(() => undefined);
    channel.onClose((end) => this.#handleClose(end));
    channel.start();
  }

  #flush(): void {
    this.#frame = 0;
    this.#log = { ...this.#log, lines: [...this.#log.lines, ...this.#fresh].slice(-MOST_LINES) };
    this.#fresh = [];
    this.#show(this.#log);
    this.#channel?.consumed(this.#unshownBytes);
    this.#unshownBytes = 0;
  }

  #handleClose(end: CloseReason): void {
    this.#channel = undefined;
    this.#unshownBytes = 0;
    if (end.kind === 'failed' && end.error.code === 'link-lost') return this.#waitForLink();
    this.#log = { ...this.#log, end };
    if (!this.#frame) this.#show(this.#log);
  }

  #waitForLink(): void {
    this.#stopWaiting = useConnection.subscribe(() => {
      if (!hasEngine()) return;
      this.#stopWaiting?.();
      this.open();
    });
  }
}
