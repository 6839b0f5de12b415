import type { Socket } from 'node:net';

import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { checkConsumed } from '../../../shared/flow/readWindow.ts';
import { canReadInto, readInto } from './acceptedSocket.ts';
import { partOf } from './chunk.ts';
import { coolDown } from './coolDown.ts';
import { HandleWriter } from './handleWriter.ts';
import { toNetError } from './netErrors.ts';
import { RecordBatch } from './recordBatch.ts';
import type { SocketIntake } from './socketIntake.ts';
import { SocketReader } from './socketReader.ts';
import { hasTcpState, isWindowClosed, type TcpState, tcpStateOf } from './tcpState.ts';
import { type SocketWriter, StreamWriter } from './socketWriter.ts';
import { alreadySet, type DuplexWatcher, type Transport } from './transport.ts';

export interface SocketDuplexOptions {
  /** The one the socket was made with. */
  readonly intake?: SocketIntake;
  /** Where there is no intake: the reader that counts. */
  readonly reader?: SocketReader;
  readonly clock?: Clock;
}

const LINGER_MS = 1000; // after our end, for the peer's: closing with unread bytes resets what we sent
const MOST_LINGERED_BYTES = 8 << 20; // more than was under way (6 MiB of kernel's buffers): the peer ignores our end

/**
 * A TCP, TLS or Unix socket. Born paused: hand it a socket that is connected and was paused from the start. Without
 * an intake the socket's own `data` events are used (64 KiB a chunk, allocated by Node).
 */
export class SocketDuplex implements Transport {
  readonly label: string;
  readonly canHalfClose = true;
  readonly #socket: Socket;
  readonly #reader: SocketReader;
  readonly #writer: SocketWriter;
  readonly #clock: Clock;
  readonly #hasIntake: boolean;
  readonly #isTcp: boolean;
  readonly #batch: RecordBatch | undefined;
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #isStarted = false;
  #isDiscarding = false;
  #lingeredBytes: number | undefined; // thrown away since all of ours went out
  #hasEnded = false; // the peer
  #hasFinished = false; // our side, by end()
  #early: Uint8Array[] = []; // landed before start: TLS decrypts a little on its own
  #earlyBytes = 0;
  #isDisposed = false;
  #isHot = false;
  #watcher: DuplexWatcher | undefined;
  #hasLanded = false;
  #hasEarlyEnd = false;
  #reason: CloseReason | undefined; // known before the socket has closed
  #closed: CloseReason | undefined;
  #deadline: Disposable | undefined;

  constructor(socket: Socket, label: string, options: SocketDuplexOptions = {}) {
    const isTls = 'encrypted' in socket;
    this.#socket = socket;
    this.label = label;
    this.#clock = options.clock ?? systemClock;
    this.#hasIntake = options.intake !== undefined;
    this.#isTcp = socket.remoteFamily !== undefined && !isTls;
    this.#reader = options.intake?.reader ?? options.reader ?? new SocketReader();
    this.#writer = (!isTls && options.intake ? HandleWriter.of(socket) : undefined) ?? new StreamWriter(socket);
    const isInRecords = options.intake !== undefined && Number.isFinite(this.#reader.fullReadBytes);
    this.#batch = isInRecords ? new RecordBatch((chunk) => this.#deliver(chunk)) : undefined;
    if (options.intake) this.#moveIn(options.intake);
    else socket.on('data', (chunk: Buffer) => this.#handleChunk(partOf(chunk, chunk.length)));
    socket.pause();
    socket.on('end', () => this.#handleEnd());
    socket.on('error', (error) => this.#handleError(error));
    socket.on('close', () => this.#handleClose());
    socket.on('finish', () => this.#handleFinish());
    if (socket.destroyed) queueMicrotask(() => this.#handleClose());
    if (socket.errored) this.#handleError(socket.errored);
  }

  get unconsumedBytes(): number {
    return this.#reader.window.unconsumedBytes - this.#earlyBytes - (this.#batch?.heldBytes ?? 0);
  }

  get isPaused(): boolean {
    return this.#reader.window.isPaused;
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  get isPeerStalled(): boolean {
    return this.queuedBytes > 0 && isWindowClosed(this.tcpState(0));
  }

  /** Whether the system may be asked by `tcpState`. */
  get hasTcpState(): boolean {
    return hasTcpState(this.#socket);
  }

  /** What the system knows about the connection, at most `maxAgeMs` old; `undefined` where it tells nothing. */
  tcpState(maxAgeMs: number): TcpState | undefined {
    return tcpStateOf(this.#socket, maxAgeMs);
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

  start(): void {
    if (this.#isStarted || this.#reason || this.#closed) return;
    this.#isStarted = true;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) {
      this.#earlyBytes -= chunk.length;
      this.#onData?.(chunk);
    }
    if (this.#hasEarlyEnd) this.#deliverEnd();
    else if (!this.isPaused) this.#resume();
  }

  consumed(bytes: number): void {
    if (this.#isDisposed) return;
    checkConsumed(bytes, this.unconsumedBytes);
    if (this.#reader.consumed(bytes)) this.#resume();
    if (this.#closed && this.unconsumedBytes === 0) this.#reader.dispose();
  }

  write(chunk: Uint8Array, done?: () => void): void {
    if (this.#hasFinished || this.#reason || this.#closed) return;
    this.#watcher?.sent();
    this.#writer.write(chunk, done);
  }

  watch(watcher: DuplexWatcher): void {
    this.#watcher = watcher;
  }

  cork(): void {
    this.#writer.cork();
  }

  uncork(): void {
    this.#writer.uncork();
  }

  end(): void {
    if (this.#hasFinished || this.#closed) return;
    this.#hasFinished = true;
    this.#writer.end();
  }

  close(deadlineMs: number): void {
    if (this.#closed || this.#deadline || this.#socket.destroyed) return;
    this.#reason ??= { kind: 'closed' };
    this.#deadline = this.#clock.timer(deadlineMs, () => this.dispose());
    this.end();
    this.#discard();
    if (this.#socket.writableFinished) this.#handleFinish();
  }

  fail(error: AppError): void {
    this.#reason ??= { kind: 'failed', error };
    this.dispose();
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#early = [];
    this.#earlyBytes = 0;
    this.#batch?.drop();
    this.#reader.dispose();
    if (this.#closed) return;
    this.#reason ??= { kind: 'closed' };
    this.#abort();
  }

  /** Where bytes get lost the peer must not take it for the end of the stream: it gets a reset. */
  #abort(): void {
    if (this.#isTcp && !this.#socket.writableFinished && !this.#socket.destroyed) this.#socket.resetAndDestroy();
    this.#socket.destroy(); // a reset alone would wait for what is queued
  }

  #moveIn(intake: SocketIntake): void {
    intake.handleLanded = (bytes) => this.#handleLanded(bytes);
    for (const chunk of intake.early.splice(0)) this.#deliver(chunk);
  }

  #resume(): void {
    if (!this.#isStarted || this.#hasEnded || this.#closed) return;
    this.#socket.resume();
    this.#watcher?.resumed();
  }

  /** Reads on without delivering, so that the peer's end is seen and no reset cuts off what we sent. */
  #discard(): void {
    this.#isDiscarding = true;
    this.#batch?.drop();
    if (!this.#hasEnded) this.#socket.resume();
  }

  /** A peer that writes on and on for nobody gets its reset at once. */
  #throwAway(bytes: number): boolean {
    if (this.#lingeredBytes === undefined) return true;
    this.#lingeredBytes += bytes;
    if (this.#lingeredBytes > MOST_LINGERED_BYTES) this.dispose();
    return !this.#isDisposed;
  }

  #handleLanded(bytes: number): boolean {
    if (this.#isDiscarding) return this.#throwAway(bytes);
    this.#watcher?.heard();
    const chunk = this.#reader.take(bytes);
    if (this.#batch && this.#isStarted) this.#batch.add(chunk, bytes >= this.#reader.fullReadBytes);
    else this.#deliver(chunk);
    this.#hasLanded = true;
    if (!this.#isHot && this.#reader.isHot) this.#warmUp();
    return this.#goesOn();
  }

  #handleChunk(chunk: Uint8Array): void {
    if (this.#isDiscarding) return void this.#throwAway(chunk.length);
    this.#reader.takeForeign(chunk.length);
    this.#watcher?.heard();
    this.#deliver(chunk);
    if (!this.#goesOn()) this.#socket.pause();
  }

  #goesOn(): boolean {
    if (this.#isDiscarding) return true;
    if (this.isPaused) this.#watcher?.paused();
    return this.#isStarted && !this.isPaused;
  }

  #deliver(chunk: Uint8Array): void {
    if (this.#isStarted) {
      this.#onData?.(chunk);
      return;
    }
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
  }

  #handleEnd(): void {
    this.#batch?.flush();
    this.#hasEnded = true;
    if (this.#isStarted) this.#deliverEnd();
    else this.#hasEarlyEnd = true;
  }

  #deliverEnd(): void {
    if (!this.#isDiscarding && !this.#closed) this.#onEnd?.();
  }

  /** All of ours went out. Where we close, the peer gets a moment to do the same. */
  #handleFinish(): void {
    if (!this.#isDiscarding || this.#closed) return;
    this.#lingeredBytes ??= 0;
    if (this.#hasEnded) this.#socket.destroy();
    else this.#deadline = linger(this.#clock, this.#deadline, () => this.dispose());
  }

  #handleError(error: Error): void {
    this.#reason ??= { kind: 'failed', error: toNetError(error, this.label) };
  }

  #handleClose(): void {
    if (this.#closed) return;
    if (!this.#isDisposed) this.#batch?.flush(); // what was read is not lost
    this.#deadline?.dispose();
    coolDown.delete(this);
    this.#reader.end();
    this.#closed = this.#reason ?? (this.#hasEnded ? { kind: 'ended' } : { kind: 'closed' });
    this.#watcher?.closed();
    this.#onClose?.(this.#closed);
  }

  #warmUp(): void {
    this.#isHot = true;
    coolDown.add(this);
  }

  /** Gives a big read buffer back where nothing came in since it was asked last. For `CoolDown`. */
  coolDown(): boolean {
    const wasIdle = !this.#hasLanded;
    this.#hasLanded = false;
    const isHot = this.#hasIntake && this.#reader.isHot && canReadInto(this.#socket);
    if (isHot && !wasIdle) return false;
    if (isHot) readInto(this.#socket, this.#reader.coolDown());
    this.#isHot = false;
    return true;
  }
}

function linger(clock: Clock, deadline: Disposable | undefined, fn: () => void): Disposable {
  const timer = clock.timer(LINGER_MS, fn);
  return {
    dispose() {
      timer.dispose();
      deadline?.dispose();
    },
  };
}
