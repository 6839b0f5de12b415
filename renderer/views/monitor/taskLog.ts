import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { ChannelParams } from '../../../shared/wire/contract.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import { hasEngine, openChannel } from '../../api/engine.ts';
import { useConnection } from '../../state/connection.ts';
import { LineBuffer } from './lineBuffer.ts';

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
 * A task's log, followed to its end. Listeners are called at most once a frame, and what was read counts as consumed
 * then: a hidden window gets no frames, its credit keeps the engine from sending more. Where the link to the engine is
 * lost it goes on over the next one, behind the lines that came.
 */
export class TaskLog implements Disposable {
  readonly buffer = new LineBuffer();
  readonly #params: ChannelParams<'task.log'>;
  readonly #listeners = new Set<() => void>();
  #channel: Channel | undefined;
  #stopWaiting: (() => void) | undefined;
  #end: CloseReason | undefined;
  #version = 0;
  /** Whole lines that came, also those that fell out. */
  #lineCount = 0;
  #fresh: string[] = [];
  #unshownBytes = 0;
  #frame = 0;

  constructor(params: { readonly clusterId: string; readonly upid: string }) {
    this.#params = params;
    this.#open();
  }

  /** Undefined while it may still grow. */
  get end(): CloseReason | undefined {
    return this.#end;
  }

  /** For React's useSyncExternalStore: grows with every change. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#stopWaiting?.();
    this.#listeners.clear();
    this.#channel?.dispose();
  }

  #open(): void {
    try {
      const after = this.#lineCount;
      this.#join(openChannel('task.log', after > 0 ? { ...this.#params, after } : this.#params));
    } catch (error) {
      this.#handleClose({ kind: 'failed', error: AppError.from(error) });
    }
  }

  #join(channel: Channel): void {
    const joiner = new LineJoiner();
    this.#channel = channel;
    channel.onData((chunk) => {
      const lines = joiner.add(chunk);
      for (const line of lines) this.#fresh.push(line);
      this.#lineCount += lines.length;
      this.#unshownBytes += chunk.length;
      this.#showSoon();
    });
    channel.onEnd(() => undefined);
    channel.onClose((end) => this.#handleClose(end));
    channel.start();
  }

  #handleClose(end: CloseReason): void {
    this.#channel = undefined;
    this.#unshownBytes = 0;
    if (end.kind === 'failed' && end.error.code === 'link-lost') return this.#waitForLink();
    this.#end = end;
    this.#showSoon();
  }

  #waitForLink(): void {
    this.#stopWaiting = useConnection.subscribe(() => {
      if (!hasEngine()) return;
      this.#stopWaiting?.();
      this.#open();
    });
  }

  #showSoon(): void {
    this.#frame ||= requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    this.#frame = 0;
    this.buffer.add(this.#fresh);
    this.#fresh = [];
    this.#version++;
    for (const listener of this.#listeners) listener();
    const bytes = this.#unshownBytes;
    this.#unshownBytes = 0;
    if (bytes > 0) this.#channel?.consumed(bytes);
  }
}
