import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { inputMessage, resizeMessage } from '../../../shared/codec/terminal/terminalMessages.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';

const MESSAGE_BYTES = 4_080; // with its header it fits the server's input buffer of 4096 (PVE wire facts 4.3)
const PACE_MS = 4; // after a long message: a header that meets a full buffer is lost, and with it what follows
const LONG_BYTES = 1_024;

interface Waiting {
  readonly chunk: Uint8Array;
  readonly done: (() => void) | undefined;
}

/**
 * The server's end of a terminal. Down it is raw; up, what is written is framed as termproxy wants it: one message at
 * a time, none larger than its buffer. A new size overtakes what is waiting.
 */
export class TerminalInput implements ByteDuplex {
  readonly #inner: ByteDuplex;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #sentOfFirst = 0;
  #size: { cols: number; rows: number } | undefined;
  #isBusy = false;
  #pace: Disposable | undefined;
  #isEnding = false;
  #closing: { deadline: Disposable; deadlineMs: number; reason: CloseReason | undefined } | undefined;

  constructor(inner: ByteDuplex, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  get label(): string {
    return this.#inner.label;
  }

  get canHalfClose(): boolean {
    return this.#inner.canHalfClose;
  }

  get isPaused(): boolean {
    return this.#inner.isPaused;
  }

  get unconsumedBytes(): number {
    return this.#inner.unconsumedBytes;
  }

  /** Only the newest size counts. */
  resize(cols: number, rows: number): void {
    this.#size = { cols, rows };
    this.#pump();
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#inner.onData(listener);
  }

  onEnd(listener: () => void): void {
    this.#inner.onEnd(listener);
  }

  onClose(listener: (reason: CloseReason) => void): void {
    this.#inner.onClose((reason) => {
      this.#pace?.dispose();
      this.#closing?.deadline.dispose();
      this.#waiting.length = 0;
      listener(reason);
    });
  }

  start(): void {
    this.#inner.start();
  }

  consumed(bytes: number): void {
    this.#inner.consumed(bytes);
  }

  write(chunk: Uint8Array, done?: () => void): void {
    if (this.#isEnding || this.#closing) return;
    this.#waiting.push({ chunk, done });
    this.#pump();
  }

  end(): void {
    this.#isEnding = true;
    this.#pump();
  }

  close(deadlineMs: number, reason?: CloseReason): void {
    if (this.#closing) return;
    const deadline = this.#clock.timer(deadlineMs, () => this.dispose());
    this.#closing = { deadline, deadlineMs, reason };
    this.#pump();
  }

  dispose(): void {
    this.#pace?.dispose();
    this.#closing?.deadline.dispose();
    this.#inner.dispose();
  }

  #pump(): void {
    if (this.#isBusy || this.#pace) return;
    const size = this.#size;
    if (size) {
      this.#size = undefined;
      return this.#send(resizeMessage(size.cols, size.rows), []);
    }
    if (this.#waiting.length > 0) return this.#sendInput();
    if (this.#closing) {
      this.#closing.deadline.dispose();
      this.#inner.close(this.#closing.deadlineMs, this.#closing.reason);
    } else if (this.#isEnding) {
      this.#inner.end();
    }
  }

  /** Gathers what waits into one message: the fewer headers the better. */
  #sendInput(): void {
    const payload = new Uint8Array(MESSAGE_BYTES);
    const finished: (() => void)[] = [];
    let bytes = 0;
    for (let first = this.#waiting[0]; first && bytes < MESSAGE_BYTES; first = this.#waiting[0]) {
      const piece = first.chunk.subarray(this.#sentOfFirst, this.#sentOfFirst + MESSAGE_BYTES - bytes);
      payload.set(piece, bytes);
      bytes += piece.length;
      this.#sentOfFirst += piece.length;
      if (this.#sentOfFirst < first.chunk.length) break;
      this.#waiting.shift();
      this.#sentOfFirst = 0;
      if (first.done) finished.push(first.done);
    }
    if (bytes > 0) this.#send(inputMessage(payload.subarray(0, bytes)), finished);
    else for (const done of finished) done();
  }

  #send(message: Uint8Array, finished: readonly (() => void)[]): void {
    this.#isBusy = true;
    this.#inner.write(message, () => {
      this.#isBusy = false;
      if (message.length >= LONG_BYTES) this.#rest();
      for (const done of finished) done();
      this.#pump();
    });
  }

  #rest(): void {
    this.#pace = this.#clock.timer(PACE_MS, () => {
      this.#pace = undefined;
      this.#pump();
    });
  }
}
