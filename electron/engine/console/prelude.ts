import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { Handshake } from '../../../shared/codec/handshake.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';

const MOST_UNREAD_BYTES = 64 << 10; // a handshake needs a few hundred; what follows it early is bounded by the window

interface Conversation {
  readonly handshake: Handshake;
  readonly resolve: () => void;
  readonly reject: (error: AppError) => void;
  timer?: Disposable;
}

/**
 * One end of a stream to be: it can run a handshake first, and is then born paused like any other, with what came
 * behind the handshake as its first bytes. Until somebody takes it over it also tells when it closes.
 */
export class Prelude implements ByteDuplex {
  readonly #inner: ByteDuplex;
  readonly #clock: Clock;
  #unread: Uint8Array[] = []; // delivered by the inner one, not consumed there
  #unreadBytes = 0;
  #conversation: Conversation | undefined;
  #isAwake = false; // the inner one is started
  #isStarted = false;
  #hasEnded = false;
  #closed: CloseReason | undefined;
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #onEarlyClose: ((reason: CloseReason) => void) | undefined;

  constructor(inner: ByteDuplex, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
    inner.onData((chunk) => this.#handleData(chunk));
    inner.onEnd(() => this.#handleEnd());
    inner.onClose((reason) => this.#handleClose(reason));
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
    return Math.max(0, this.#inner.unconsumedBytes - this.#unreadBytes);
  }

  /** Starts the inner end so that its close is noticed, and calls back when that comes before `onClose` is set. */
  onEarlyClose(listener: (reason: CloseReason) => void): void {
    this.#onEarlyClose = listener;
    this.#wake();
  }

  /** Rejects with what the handshake threw, `timeout`, or `closed` when the other side hung up. Runs once at a time. */
  run(handshake: Handshake, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const conversation: Conversation = { handshake, resolve, reject };
      this.#conversation = conversation;
      conversation.timer = this.#clock.timer(timeoutMs, () =>
        this.#fail(new AppError('timeout', `${this.label} did not finish its greeting in time.`, { retry: 'later' })),
      );
      if (handshake.greeting) this.#inner.write(handshake.greeting);
      this.#wake();
      if (this.#closed) this.#fail(hungUp(this.label, this.#closed));
      else this.#advance();
    });
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    if (this.#onData) throw new AppError('internal', 'A second listener was set on a stream.');
    this.#onData = listener;
  }

  onEnd(listener: () => void): void {
    if (this.#onEnd) throw new AppError('internal', 'A second listener was set on a stream.');
    this.#onEnd = listener;
  }

  onClose(listener: (reason: CloseReason) => void): void {
    if (this.#onClose) throw new AppError('internal', 'A second listener was set on a stream.');
    this.#onClose = listener;
    this.#onEarlyClose = undefined;
    const reason = this.#closed;
    if (reason) queueMicrotask(() => listener(reason));
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const early = this.#unread;
    this.#unread = [];
    for (const chunk of early) {
      this.#unreadBytes -= chunk.length;
      this.#onData?.(chunk);
    }
    this.#wake();
    if (this.#hasEnded) this.#onEnd?.();
  }

  consumed(bytes: number): void {
    this.#inner.consumed(bytes);
  }

  write(chunk: Uint8Array, done?: () => void): void {
    this.#inner.write(chunk, done);
  }

  end(): void {
    this.#inner.end();
  }

  close(deadlineMs: number, reason?: CloseReason): void {
    this.#inner.close(deadlineMs, reason);
  }

  dispose(): void {
    this.#inner.dispose();
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.#inner.start();
  }

  #handleData(chunk: Uint8Array): void {
    if (this.#isStarted) {
      this.#onData?.(chunk);
      return;
    }
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#conversation) this.#advance();
  }

  /** Runs the handshake as far as the bytes go. */
  #advance(): void {
    const conversation = this.#conversation;
    if (!conversation) return;
    try {
      for (;;) {
        const step = conversation.handshake.step(this.#joined());
        if (!step) break;
        this.#take(step.taken);
        if (step.reply) this.#inner.write(step.reply);
        if (step.isDone) return this.#settle(conversation.resolve);
      }
      if (this.#unreadBytes > MOST_UNREAD_BYTES) {
        throw new AppError('protocol', `${this.label} sent too much before its greeting was over.`);
      }
    } catch (error) {
      this.#fail(AppError.from(error));
    }
  }

  #joined(): Uint8Array {
    const [only] = this.#unread;
    if (this.#unread.length === 1 && only) return only;
    const joined = new Uint8Array(this.#unreadBytes);
    let at = 0;
    for (const chunk of this.#unread) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }

  #take(bytes: number): void {
    if (bytes === 0) return;
    let left = bytes;
    while (left > 0) {
      const [first] = this.#unread;
      if (!first) break;
      if (first.length > left) this.#unread[0] = first.subarray(left);
      else this.#unread.shift();
      left -= Math.min(left, first.length);
    }
    this.#unreadBytes -= bytes;
    this.#inner.consumed(bytes);
  }

  #handleEnd(): void {
    this.#hasEnded = true;
    if (this.#isStarted) this.#onEnd?.();
    else if (this.#conversation) this.#fail(hungUp(this.label, { kind: 'ended' }));
  }

  #handleClose(reason: CloseReason): void {
    this.#closed = reason;
    this.#fail(hungUp(this.label, reason));
    if (this.#onClose) this.#onClose(reason);
    else this.#onEarlyClose?.(reason);
  }

  #fail(error: AppError): void {
    const conversation = this.#conversation;
    if (conversation) this.#settle(() => conversation.reject(error));
  }

  #settle(then: () => void): void {
    this.#conversation?.timer?.dispose();
    this.#conversation = undefined;
    then();
  }
}

function hungUp(label: string, reason: CloseReason): AppError {
  if (reason.kind === 'failed') return reason.error;
  return new AppError('closed', `${label} closed the connection before it was ready.`, { retry: 'later' });
}
