import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { checkConsumed } from '../../../shared/flow/readWindow.ts';
import { FrameDecoder, opcodes } from './frameDecoder.ts';
import { type Masking, headerOf, wholeFrame } from './frameEncoder.ts';
import type { Receiver } from './handover.ts';
import { forPeople } from './httpHead.ts';
import { PayloadLedger } from './payloadLedger.ts';
import { alreadySet, type DuplexWatcher, type Transport } from './transport.ts';

export interface WebSocketOptions {
  readonly role: 'client' | 'server';
  /** Of a client. `zero` where the server is known to take it, as pveproxy is (PVE wire facts 3.5). */
  readonly masking?: 'zero' | 'random';
  /** The most payload in one frame. pveproxy never answers again after a bigger one than 128 KiB (3.5). */
  readonly maxFrameBytes?: number;
  /** False where an end without a close frame is a failure. pveproxy never sends one (3.5). */
  readonly isAbruptEndNormal?: boolean;
  readonly clock?: Clock;
  readonly randomMask?: () => number;
}

export const PVE_MAX_FRAME_BYTES = 128 << 10;
const COPY_BELOW_BYTES = 2 << 10; // header and payload as one piece: cheaper than two pieces in one system call
const GOODBYE_MS = 2_000; // for the peer's close frame, once ours is out
const GONE_MS = 1_000; // for what is queued once the peer has said its goodbye
const NORMAL_CLOSE = 1000;
const BROKEN_CLOSE = 1011; // the stream is not whole
const normalCodes = [1000, 1001, 1005];

/**
 * A WebSocket as a stream of bytes, on any transport. Messages mean nothing: payload is handed on as it arrives, and
 * a write is cut into frames of at most `maxFrameBytes`. No extension, no fragmentation, binary frames only.
 */
export class WebSocketDuplex implements Transport, Receiver {
  readonly label: string;
  readonly canHalfClose = false;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #ledger = new PayloadLedger();
  readonly #masking: Masking;
  readonly #maxFrameBytes: number;
  readonly #isAbruptEndNormal: boolean;
  readonly #randomMask: () => number;
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #onPong: ((payload: Uint8Array) => void) | undefined;
  #watcher: DuplexWatcher | undefined;
  #early: Uint8Array[] = []; // behind the 101, before start
  #hasEarlyEnd = false;
  #isStarted = false;
  #isEnding = false; // our close frame is on its way
  #hasEnded = false; // the peer's last byte was delivered
  #isClosing = false; // nothing is delivered any more
  #reason: CloseReason | undefined;
  #closed: CloseReason | undefined;
  #endedBy: 'us' | 'peer' | undefined;
  #isPinging = false;
  #pongWaiting: Uint8Array | undefined;
  #isPonging = false;
  #goodbye: Disposable | undefined;

  /**
   * `transport` has done the handshake and is started; `early` came behind the handshake and is not consumed yet. Its
   * data listeners must lead here: `handleData`, `handleEnd`.
   */
  constructor(transport: Transport, label: string, options: WebSocketOptions) {
    this.#transport = transport;
    this.label = label;
    this.#clock = options.clock ?? systemClock;
    this.#masking = options.role === 'server' ? 'none' : (options.masking ?? 'random');
    this.#maxFrameBytes = options.maxFrameBytes ?? (options.role === 'client' ? PVE_MAX_FRAME_BYTES : Infinity);
    this.#isAbruptEndNormal = options.isAbruptEndNormal ?? true;
    this.#randomMask = options.randomMask ?? randomMask;
    this.#decoder = new FrameDecoder(
      { isMasked: options.role === 'server', place: label },
      {
        onPayload: (bytes) => this.#handlePayload(bytes),
        onControl: (opcode, payload) => this.#handleControl(opcode, payload),
      },
    );
  }

  get unconsumedBytes(): number {
    return this.#ledger.payloadBytes;
  }

  get isPaused(): boolean {
    return this.#transport.isPaused;
  }

  /** Who ended it first, once somebody did. */
  get endedBy(): 'us' | 'peer' | undefined {
    return this.#endedBy;
  }

  get queuedBytes(): number {
    return this.#transport.queuedBytes;
  }

  get isPeerStalled(): boolean {
    return this.#transport.isPeerStalled;
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    if (this.#onData) throw alreadySet(this.label, 'data');
    this.#onData = listener;
  }

  onEnd(listener: () => void): void {
    if (this.#onEnd) throw alreadySet(this.label, 'end');
    this.#onEnd = listener;
  }

  onClose(listener: (reason: CloseReason) => void): void {
    if (this.#onClose) throw alreadySet(this.label, 'close');
    this.#onClose = listener;
    const reason = this.#closed;
    if (reason) queueMicrotask(() => listener(reason));
  }

  /** Called with the payload of every pong. */
  onPong(listener: (payload: Uint8Array) => void): void {
    this.#onPong = listener;
  }

  watch(watcher: DuplexWatcher): void {
    this.#watcher = watcher;
    this.#transport.watch(watcher);
  }

  start(): void {
    if (this.#isStarted || this.#isClosing || this.#closed) return;
    this.#isStarted = true;
    this.#watcher?.resumed();
    if (this.isPaused) this.#watcher?.paused();
    for (const chunk of this.#early.splice(0)) this.#decode(chunk);
    if (this.#hasEarlyEnd) this.handleEnd();
  }

  consumed(bytes: number): void {
    if (this.#isClosing) return;
    checkConsumed(bytes, this.#ledger.payloadBytes);
    this.#transport.consumed(this.#ledger.consume(bytes));
  }

  write(chunk: Uint8Array, done?: () => void): void {
    if (this.#isEnding || this.#isClosing || this.#closed) return;
    if (chunk.length <= this.#maxFrameBytes) return this.#writeFrame(chunk, done);
    this.#transport.cork();
    for (let at = 0; at < chunk.length; at += this.#maxFrameBytes) {
      const isLast = at + this.#maxFrameBytes >= chunk.length;
      this.#writeFrame(chunk.subarray(at, at + this.#maxFrameBytes), isLast ? done : undefined);
    }
    this.#transport.uncork();
  }

  cork(): void {
    this.#transport.cork();
  }

  uncork(): void {
    this.#transport.uncork();
  }

  /** Asks the peer for a sign of life. Where the one before has not even left, none is added. */
  ping(payload: Uint8Array): void {
    this.#beat(opcodes.ping, payload);
  }

  /**
   * Shows the peer, and what is in between, that we live, and asks for nothing (RFC 6455 5.5.3). For when we do not
   * read: answers would pile up at the peer, and one made with the library `ws` ends a connection with 60 of them.
   */
  showLife(): void {
    this.#beat(opcodes.pong, new Uint8Array(0));
  }

  #beat(opcode: number, payload: Uint8Array): void {
    if (this.#isPinging || this.#isEnding || this.#closed) return;
    this.#isPinging = true;
    this.#writeControl(opcode, payload, () => {
      this.#isPinging = false;
    });
  }

  end(): void {
    if (this.#isEnding || this.#isClosing || this.#closed) return;
    this.#endedBy ??= 'us';
    this.#sendClose(NORMAL_CLOSE, () => this.#awaitGoodbye());
  }

  /** Not before all that was queued is out: a peer that is slow to read it has not had our goodbye yet. */
  #awaitGoodbye(): void {
    if (this.#isClosing || this.#hasEnded || this.#closed) return;
    this.#goodbye = this.#clock.timer(GOODBYE_MS, () => this.#transport.close(GONE_MS));
  }

  close(deadlineMs: number, reason?: CloseReason): void {
    if (this.#isClosing || this.#closed) return;
    this.#endedBy ??= 'us';
    this.#reason ??= { kind: 'closed' };
    this.#sendClose(reason?.kind === 'failed' ? BROKEN_CLOSE : NORMAL_CLOSE);
    this.#isClosing = true;
    this.#transport.close(deadlineMs);
  }

  fail(error: AppError): void {
    this.#reason ??= { kind: 'failed', error };
    this.dispose();
  }

  dispose(): void {
    this.#endedBy ??= 'us';
    this.#isClosing = true;
    if (!this.#closed) this.#reason ??= { kind: 'closed' };
    this.#early = [];
    this.#transport.dispose();
  }

  /** The transport delivered. */
  handleData(chunk: Uint8Array): void {
    if (this.#isStarted) this.#decode(chunk);
    else this.#early.push(chunk);
  }

  /** The transport's stream ended. */
  handleEnd(): void {
    if (!this.#isStarted) {
      this.#hasEarlyEnd = true;
      return;
    }
    if (this.#hasEnded || this.#isClosing) return;
    this.#endedBy ??= 'peer';
    const isWhole = this.#decoder.isAtBoundary && (this.#isAbruptEndNormal || this.#isEnding);
    if (isWhole) this.#finish({ kind: 'ended' });
    else this.#fail(new AppError('reset', `${this.label} broke off. Connect again.`, { retry: 'later' }));
  }

  /** The transport is closed. */
  handleClose(reason: CloseReason): void {
    if (this.#closed) return;
    this.#goodbye?.dispose();
    this.#endedBy ??= 'peer';
    this.#closed = this.#reason ?? reason;
    this.#onClose?.(this.#closed);
  }

  #decode(chunk: Uint8Array): void {
    if (this.#isClosing || this.#hasEnded) return;
    this.#ledger.begin(chunk.length);
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#sendClose(1002);
      this.#fail(AppError.from(error));
      return;
    }
    const wireBytes = this.#ledger.finish();
    if (wireBytes > 0) this.#transport.consumed(wireBytes);
  }

  #handlePayload(bytes: Uint8Array): void {
    if (this.#isClosing) return;
    this.#ledger.add(bytes.length);
    this.#onData?.(bytes);
  }

  #handleControl(opcode: number, payload: Uint8Array): void {
    if (this.#isClosing) return;
    if (opcode === opcodes.pong) this.#onPong?.(payload);
    else if (opcode === opcodes.ping) this.#pong(payload);
    else this.#handleGoodbye(payload);
  }

  /** One answer at a time: a flood of pings into a stalled peer leaves one waiting, the newest. */
  #pong(payload: Uint8Array): void {
    if (this.#isPonging) {
      this.#pongWaiting = payload;
      return;
    }
    this.#isPonging = true;
    this.#writeControl(opcodes.pong, payload, () => {
      this.#isPonging = false;
      const waiting = this.#pongWaiting;
      this.#pongWaiting = undefined;
      if (waiting && !this.#isEnding) this.#pong(waiting);
    });
  }

  #handleGoodbye(payload: Uint8Array): void {
    const code = payload.length >= 2 ? ((payload[0] as number) << 8) | (payload[1] as number) : 1005;
    this.#sendClose(code === 1005 ? NORMAL_CLOSE : code);
    if (normalCodes.includes(code)) return this.#finish({ kind: 'ended' });
    const words = forPeople(Buffer.from(payload.subarray(2)).toString('utf8'));
    const message = `${this.label} closed the connection (${code}${words ? `: ${words}` : ''}). Connect again.`;
    this.#fail(new AppError('reset', message, { retry: 'later', detail: { closeCode: code } }));
  }

  /** The peer's stream is complete. */
  #finish(reason: CloseReason): void {
    this.#hasEnded = true;
    this.#reason ??= reason;
    this.#onEnd?.();
    this.#transport.close(GONE_MS);
  }

  #fail(error: AppError): void {
    this.#hasEnded = true;
    this.#reason ??= { kind: 'failed', error };
    this.#transport.close(GONE_MS);
  }

  #sendClose(code: number, done?: () => void): void {
    if (this.#isEnding) return;
    const payload = Uint8Array.of(code >> 8, code & 0xff);
    this.#writeControl(opcodes.close, payload, done);
    this.#isEnding = true;
  }

  #writeControl(opcode: number, payload: Uint8Array, done?: () => void): void {
    this.#transport.write(wholeFrame(opcode, payload, this.#nextMask()), done);
  }

  #writeFrame(chunk: Uint8Array, done: (() => void) | undefined): void {
    if (chunk.length === 0) return this.#transport.write(chunk, done);
    const mask = this.#nextMask();
    if (mask || chunk.length < COPY_BELOW_BYTES) {
      this.#transport.write(wholeFrame(opcodes.binary, chunk, mask), done);
      return;
    }
    this.#transport.cork();
    this.#transport.write(headerOf(chunk.length, mask));
    this.#transport.write(chunk, done);
    this.#transport.uncork();
  }

  #nextMask(): number | undefined {
    if (this.#masking === 'none') return undefined;
    return this.#masking === 'zero' ? 0 : this.#randomMask();
  }
}

/** Hides bytes from naive caches on the way (RFC 6455 10.3); nothing secret depends on it. */
function randomMask(): number {
  return (Math.random() * 2 ** 32) | 0 || 1;
}
