import type { Clock } from '../base/clock.ts';
import { AppError } from '../base/errors.ts';
import type { Disposable } from '../base/lifecycle.ts';
import { ReceiveCredit, SendCredit } from '../flow/credit.ts';
import type { CloseReason } from '../flow/duplex.ts';
import { Fifo } from '../flow/fifo.ts';
import type { Channel } from './peer.ts';

const maxWaitingBytes = 8 << 20; // a splice stays below by its window; a pasted text is smaller
const maxDataBytes = 64 << 10; // of one frame: others get a turn between

/** What a channel needs of the link it is in. */
export interface ChannelPort {
  readonly clock: Clock;
  readonly maxDataBytes: number;
  sendData(number: number, chunk: Uint8Array): void;
  sendCredit(number: number, bytes: number): void;
  sendEnd(number: number): void;
  sendClose(number: number, reason: CloseReason): void;
  /** The channel is over on this side; its number is retired. */
  retire(number: number): void;
}

export interface ChannelTerms {
  readonly number: number;
  readonly label: string;
  readonly sendCreditBytes: number;
  readonly receiveCreditBytes: number;
}

interface Waiting {
  readonly chunk: Uint8Array;
  readonly done: (() => void) | undefined;
}

/** A byte stream in a link, bounded by credit both ways. */
export class MuxChannel implements Channel {
  readonly number: number;
  readonly label: string;
  readonly canHalfClose = true;
  readonly #port: ChannelPort;
  readonly #maxDataBytes: number;
  readonly #send: SendCredit;
  readonly #receive: ReceiveCredit;

  /** Writes that credit did not suffice for. Of the first, `#sentOfFirst` bytes went out. */
  readonly #waiting = new Fifo<Waiting>();
  #sentOfFirst = 0;
  #waitingBytes = 0;
  #isEnding = false;
  #endSent = false;

  /** Came before `start`; bounded by the credit. */
  readonly #early = new Fifo<Uint8Array>();
  /** Received but not delivered: early, or dropped while closing. */
  #undeliveredBytes = 0;
  #isStarted = false;
  #endReceived = false;
  #endTold = false;

  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #closing: CloseReason | undefined;
  /** The other side closed in order, and what came before waits for `start`. */
  #peerClosed: CloseReason | undefined;
  #deadline: Disposable | undefined;
  #reason: CloseReason | undefined;

  constructor(port: ChannelPort, terms: ChannelTerms) {
    this.number = terms.number;
    this.label = terms.label;
    this.#port = port;
    this.#maxDataBytes = Math.min(maxDataBytes, port.maxDataBytes);
    this.#send = new SendCredit(terms.sendCreditBytes);
    this.#receive = new ReceiveCredit(terms.receiveCreditBytes);
  }

  get unconsumedBytes(): number {
    return this.#reason ? 0 : this.#receive.unconsumedBytes - this.#undeliveredBytes;
  }

  get isPaused(): boolean {
    return this.#receive.isUsedUp;
  }

  /** Written here and not sent yet, for want of credit. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#onData = once(this.#onData, listener);
  }

  onEnd(listener: () => void): void {
    this.#onEnd = once(this.#onEnd, listener);
  }

  onClose(listener: (reason: CloseReason) => void): void {
    this.#onClose = once(this.#onClose, listener);
    if (this.#reason) this.#tellClosed(this.#reason);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (let chunk = this.#early.shift(); chunk; chunk = this.#early.shift()) {
      this.#undeliveredBytes -= chunk.length;
      this.#onData?.(chunk);
    }
    if (this.#endReceived) this.#tellEnd();
    if (this.#peerClosed) this.#finish(this.#peerClosed);
  }

  consumed(bytes: number): void {
    if (this.#reason) return;
    if (bytes > this.unconsumedBytes) throw new AppError('internal', 'More was acknowledged than was delivered.');
    const returned = this.#receive.consumed(bytes);
    if (returned > 0) this.#port.sendCredit(this.number, returned);
  }

  write(chunk: Uint8Array, done?: () => void): void {
    if (this.#isDeaf || this.#isEnding || this.#peerClosed) return;
    if (this.#waiting.length === 0 && chunk.length <= this.#maxDataBytes && this.#takeWhole(chunk.length)) {
      if (chunk.length > 0) this.#port.sendData(this.number, chunk);
      done?.();
      return;
    }
    this.#waiting.push({ chunk, done });
    this.#waitingBytes += chunk.length;
    this.#pump();
    if (this.#waitingBytes > maxWaitingBytes) this.#fail(new AppError('limit', 'Too much was waiting to be sent.'));
  }

  end(): void {
    if (this.#isDeaf || this.#isEnding || this.#peerClosed) return;
    this.#isEnding = true;
    this.#pump();
  }

  close(deadlineMs: number, reason: CloseReason = { kind: 'closed' }): void {
    if (this.#reason) return;
    this.#closing ??= reason;
    this.#early.clear();
    this.#pump();
    if (this.#reason) return;
    this.#deadline?.dispose();
    this.#deadline = this.#port.clock.timer(deadlineMs, () => this.dispose());
  }

  dispose(): void {
    const reason = this.#closing ?? { kind: 'closed' };
    this.#fail(reason.kind === 'failed' ? reason.error : closedByPeer(), reason);
  }

  /** From the link. Throws `protocol` when the other side broke the rules. */
  handleData(payload: Uint8Array): void {
    if (this.#endReceived) throw new AppError('protocol', 'Data came after the end of a stream.');
    this.#receive.received(payload.length);
    if (this.#isStarted && !this.#isDeaf) {
      if (payload.length > 0) this.#onData?.(payload);
      return;
    }
    this.#undeliveredBytes += payload.length;
    if (!this.#isDeaf) this.#early.push(payload);
  }

  handleCredit(bytes: number): void {
    this.#send.add(bytes);
    this.#pump();
  }

  handleEnd(): void {
    if (this.#endReceived) throw new AppError('protocol', 'A stream ended twice.');
    this.#endReceived = true;
    if (this.#isStarted) this.#tellEnd();
  }

  /** The other side is done with it. An orderly close waits for what it sent before to be delivered. */
  handleClose(reason: CloseReason): void {
    if (this.#isStarted || this.#early.length === 0 || reason.kind === 'failed') return this.#finish(reason);
    this.#peerClosed = reason;
    this.#port.retire(this.number);
  }

  /** The link is gone. */
  handleLost(reason: CloseReason): void {
    this.#finish(reason);
  }

  /** The other side broke the rules, or our own listener failed. */
  fail(error: AppError): void {
    this.#fail(error);
  }

  /** We broke off: tells the other side `told`, and our own owner `reason` where that differs. */
  #fail(told: AppError, reason: CloseReason = { kind: 'failed', error: told }): void {
    if (this.#reason) return;
    this.#port.sendClose(this.number, { kind: 'failed', error: told });
    this.#finish(reason);
  }

  /** Closing: what comes is not wanted any more. */
  get #isDeaf(): boolean {
    return this.#reason !== undefined || this.#closing !== undefined;
  }

  #takeWhole(bytes: number): boolean {
    return this.#send.availableBytes >= bytes && this.#send.take(bytes) === bytes;
  }

  #pump(): void {
    for (let first = this.#waiting.peek(); first && !this.#reason; first = this.#waiting.peek()) {
      if (!this.#sendSome(first.chunk)) return;
      this.#waiting.shift();
      this.#sentOfFirst = 0;
      first.done?.();
    }
    if (this.#reason || this.#waiting.length > 0) return;
    if (this.#isEnding && !this.#endSent) this.#sendEnd();
    if (this.#closing && !this.#reason) {
      this.#port.sendClose(this.number, this.#closing);
      this.#finish(this.#closing);
    }
  }

  /** Sends what credit allows of the first waiting chunk; tells whether all of it went out. */
  #sendSome(chunk: Uint8Array): boolean {
    while (this.#sentOfFirst < chunk.length) {
      const left = chunk.length - this.#sentOfFirst;
      const bytes = this.#send.take(Math.min(left, this.#maxDataBytes));
      if (bytes === 0) return false;
      this.#port.sendData(this.number, chunk.subarray(this.#sentOfFirst, this.#sentOfFirst + bytes));
      this.#sentOfFirst += bytes;
      this.#waitingBytes -= bytes;
    }
    return true;
  }

  #sendEnd(): void {
    this.#endSent = true;
    this.#port.sendEnd(this.number);
    if (this.#endTold) this.#finish({ kind: 'ended' });
  }

  #tellEnd(): void {
    if (this.#endTold || this.#reason) return;
    this.#endTold = true;
    if (!this.#closing) this.#onEnd?.();
    if (this.#endSent) this.#finish({ kind: 'ended' });
  }

  #finish(reason: CloseReason): void {
    if (this.#reason) return;
    this.#reason = this.#closing ?? reason;
    this.#deadline?.dispose();
    this.#waiting.clear();
    this.#waitingBytes = 0;
    this.#early.clear();
    this.#port.retire(this.number);
    this.#tellClosed(this.#reason);
  }

  /** In a microtask: whoever closes is not called back while at it. */
  #tellClosed(reason: CloseReason): void {
    const listener = this.#onClose;
    if (listener) queueMicrotask(() => listener(reason));
  }
}

function once<T>(current: T | undefined, listener: T): T {
  if (current) throw new AppError('internal', 'A second listener was set on a stream.');
  return listener;
}

function closedByPeer(): AppError {
  return new AppError('closed', 'The other side closed the stream before its end.');
}
