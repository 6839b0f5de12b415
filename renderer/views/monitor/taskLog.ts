import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { openChannel } from '../../api/engine.ts';
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
 * then: a hidden window gets no frames, its credit keeps the engine from sending more.
 */
export class TaskLog implements Disposable {
  readonly buffer = new LineBuffer();
  readonly #listeners = new Set<() => void>();
  #channel: ReturnType<typeof openChannel> | undefined;
  #end: CloseReason | undefined;
  #version = 0;
  #fresh: string[] = [];
  #unshownBytes = 0;
  #frame = 0;

  constructor(params: { readonly clusterId: string; readonly upid: string }) {
    try {
      this.#follow(openChannel('task.log', params));
    } catch (error) {
      this.#end = { kind: 'failed', error: AppError.from(error) };
    }
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
    this.#listeners.clear();
    this.#channel?.dispose();
  }

  #follow(channel: ReturnType<typeof openChannel>): void {
    this.#channel = channel;
    const joiner = new LineJoiner();
    channel.onData((chunk) => {
      for (const line of joiner.add(chunk)) this.#fresh.push(line);
      this.#unshownBytes += chunk.length;
      this.#frame ||= requestAnimationFrame(() => this.#flush());
    });
    channel.onEnd(() => undefined);
    channel.onClose((end) => {
      this.#end = end;
      this.#frame ||= requestAnimationFrame(() => this.#flush());
    });
    channel.start();
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
