import { AppError } from '../../shared/base/errors.ts';
import type { ByteDuplex, CloseReason } from '../../shared/flow/duplex.ts';
import { type FlowWindow, ReadWindow } from '../../shared/flow/readWindow.ts';

interface Written {
  readonly chunk: Uint8Array;
  readonly done: (() => void) | undefined;
}

export interface FakeDuplexOptions {
  readonly label?: string;
  readonly window?: FlowWindow;
  readonly canHalfClose?: boolean;
  /** Takes every write at once. Otherwise the test says `accept`. */
  readonly autoAccept?: boolean;
}

/** A duplex whose far side is the test: it delivers, takes over what was written, ends and breaks on command. */
export class FakeDuplex implements ByteDuplex {
  readonly label: string;
  readonly canHalfClose: boolean;
  readonly window: FlowWindow;
  readonly autoAccept: boolean;
  /** What the far side took over, in order. */
  readonly accepted: Uint8Array[] = [];
  /** Written and not taken over yet. */
  readonly waiting: Written[] = [];
  readonly calls: string[] = [];
  closeReasonGiven: CloseReason | undefined;
  isStarted = false;
  isEnded = false;
  isClosed = false;
  #isDeaf = false;
  #sourceEnded = false;
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #reason: CloseReason | undefined;

  constructor(options: FakeDuplexOptions = {}) {
    this.label = options.label ?? 'fake';
    this.canHalfClose = options.canHalfClose ?? true;
    this.window = options.window ?? new ReadWindow({ highBytes: 1 << 20, lowBytes: 1 << 19 });
    this.autoAccept = options.autoAccept ?? false;
  }

  get unconsumedBytes(): number {
    return this.window.unconsumedBytes;
  }

  get isPaused(): boolean {
    return this.window.isPaused;
  }

  get waitingBytes(): number {
    return this.waiting.reduce((sum, { chunk }) => sum + chunk.length, 0);
  }

  get acceptedBytes(): number {
    return this.accepted.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#onData = once(this.#onData, listener);
  }

  onEnd(listener: () => void): void {
    this.#onEnd = once(this.#onEnd, listener);
  }

  onClose(listener: (reason: CloseReason) => void): void {
    this.#onClose = once(this.#onClose, listener);
    const reason = this.#reason;
    if (reason) queueMicrotask(() => listener(reason));
  }

  start(): void {
    this.calls.push('start');
    this.isStarted = true;
  }

  consumed(bytes: number): void {
    this.window.consumed(bytes);
  }

  write(chunk: Uint8Array, done?: () => void): void {
    if (this.isEnded || this.isClosed || this.#isDeaf) return;
    this.waiting.push({ chunk, done });
    if (this.autoAccept) this.accept();
  }

  end(): void {
    if (this.isEnded) return;
    this.calls.push('end');
    this.isEnded = true;
    this.#endWhenBoth();
  }

  close(deadlineMs: number, reason: CloseReason = { kind: 'closed' }): void {
    if (this.isClosed) return;
    this.calls.push(`close ${deadlineMs}`);
    this.closeReasonGiven ??= reason;
    this.#isDeaf = true;
    if (this.waiting.length === 0) this.#finish(reason);
  }

  dispose(): void {
    if (this.isClosed) return;
    this.calls.push('dispose');
    this.#finish({ kind: 'closed' });
  }

  /** The far side sends. Tells whether it may send more. */
  deliver(chunk: Uint8Array): 'go' | 'pause' {
    if (!this.isStarted) throw new Error(`${this.label} was not started`);
    if (this.isClosed || this.#isDeaf) return 'pause';
    const move = this.window.received(chunk.length);
    this.#onData?.(chunk);
    return move;
  }

  /** The far side sends chunks until the window is full. Returns the bytes that went in. */
  flood(chunkBytes: number, mostBytes = Number.POSITIVE_INFINITY): number {
    let bytes = 0;
    while (!this.isPaused && bytes < mostBytes) {
      this.deliver(new Uint8Array(chunkBytes).fill(bytes & 0xff));
      bytes += chunkBytes;
    }
    return bytes;
  }

  /** The far side sends its end. */
  deliverEnd(): void {
    this.#sourceEnded = true;
    this.#onEnd?.();
    this.#endWhenBoth();
  }

  /** The far side takes over waiting writes, all by default. The bytes are overwritten then: nobody may need them. */
  accept(writes = this.waiting.length): void {
    for (let n = 0; n < writes && this.waiting.length > 0; n++) {
      const { chunk, done } = this.waiting.shift()!;
      this.accepted.push(chunk.slice());
      done?.();
    }
    if (this.waiting.length > 0) return;
    if (this.#isDeaf) this.#finish(this.closeReasonGiven ?? { kind: 'closed' });
    else this.#endWhenBoth();
  }

  /** The connection breaks. */
  fail(error: AppError = new AppError('reset', 'The peer broke the connection.')): void {
    this.#finish({ kind: 'failed', error });
  }

  /** The connection closes with this reason. */
  finish(reason: CloseReason): void {
    this.#finish(reason);
  }

  #endWhenBoth(): void {
    if (this.isEnded && this.#sourceEnded && this.waiting.length === 0) this.#finish({ kind: 'ended' });
  }

  #finish(reason: CloseReason): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#reason = reason;
    this.waiting.length = 0;
    this.window.dispose();
    this.#onClose?.(reason);
  }
}

function once<T>(current: T | undefined, listener: T): T {
  if (current) throw new AppError('internal', 'A second listener was set.');
  return listener;
}
