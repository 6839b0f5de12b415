import { type Clock, systemClock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import type { Disposable } from '../base/lifecycle.ts';
import { toDisposable } from '../base/lifecycle.ts';
import type { ByteDuplex, ByteSink, ByteSource, CloseReason } from './duplex.ts';
import { Fifo } from './fifo.ts';
import { StallWatch } from './stallWatch.ts';

const defaultDrainMs = 30_000; // a sink that took nothing for that long while we only wait for it is given up
const busyWrites = 16; // writes under way from which on small chunks are gathered: the sink is behind anyway
const smallBytes = 1024; // a queued write costs some 300 bytes; larger chunks are worth one
const gatherBytes = 16 << 10; // a peer that sends single bytes into a stalled sink costs 64 writes a MiB, not a million

/** One direction of a splice. */
export interface SpliceDirection {
  /** Handed over to the sink. */
  readonly bytes: number;
  /** Read from the source and not yet handed over. */
  readonly heldBytes: number;
  /** The source does not read because the sink is behind. */
  readonly isPaused: boolean;
  /** How often that was so, and for how long in all. */
  readonly pauses: number;
  readonly stalledMs: number;
}

/** Two joined ends. `up` is from the first to the second. */
export interface Splice extends Disposable {
  readonly up: SpliceDirection;
  readonly down: SpliceDirection;
  /** Called once both ends are closed, with the reason of the first; in a microtask when that has happened before. */
  onClose(listener: (reason: CloseReason) => void): Disposable;
  /** Stops reading, sends what is held, closes both ends; after `deadlineMs` they are disposed. */
  close(deadlineMs: number): void;
}

export interface SpliceOptions {
  /** How long the rest may stand still after one end closed, before the other is disposed. */
  readonly drainMs?: number;
  readonly clock?: Clock;
}

/**
 * Joins two ends and starts them. What one delivers is written to the other, and consumed when that took it over, so
 * the window of each source bounds its direction. An end of stream is passed on behind the bytes before it. When one
 * end closes, the other still gets every byte that was read, then closes with the same reason.
 */
export function splice(a: ByteDuplex, b: ByteDuplex, options: SpliceOptions = {}): Splice {
  const pair = new SplicedPair(a, b, options.drainMs ?? defaultDrainMs, options.clock ?? systemClock);
  pair.start();
  return pair;
}

class Flow implements SpliceDirection {
  readonly #source: ByteSource;
  readonly #sink: ByteSink;
  /** Lengths of the writes under way: `done` comes in order, so one function serves all chunks. */
  readonly #lengths = new Fifo<number>();
  #gathered: Uint8Array | undefined;
  #gatheredBytes = 0;
  readonly #clock: Clock;
  #bytes = 0;
  #pauses = 0;
  #stalledMs = 0;
  #pausedAtMs: number | undefined;
  #onMove: (() => void) | undefined;

  constructor(source: ByteSource, sink: ByteSink, clock: Clock) {
    this.#source = source;
    this.#sink = sink;
    this.#clock = clock;
    source.onData((chunk) => this.#handleData(chunk));
    source.onEnd(() => {
      this.flush();
      sink.end();
    });
  }

  get bytes(): number {
    return this.#bytes;
  }

  get heldBytes(): number {
    return this.#source.unconsumedBytes;
  }

  get isPaused(): boolean {
    return this.#source.isPaused;
  }

  get pauses(): number {
    return this.#pauses;
  }

  get stalledMs(): number {
    return this.#stalledMs + (this.#pausedAtMs === undefined ? 0 : this.#clock.nowMs() - this.#pausedAtMs);
  }

  /** Everything that was read has been handed over. */
  get isEmpty(): boolean {
    return this.#lengths.length === 0 && this.#gatheredBytes === 0;
  }

  /** Called from now on after every hand-over. */
  watch(onMove: () => void): void {
    this.#onMove = onMove;
  }

  /** Writes what was gathered. */
  flush(): void {
    const gathered = this.#gathered;
    if (!gathered) return;
    const bytes = this.#gatheredBytes;
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
    this.#write(bytes === gathered.length ? gathered : gathered.subarray(0, bytes));
  }

  #handleData(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (chunk.length < smallBytes && this.#lengths.length >= busyWrites) {
      this.#gather(chunk);
    } else {
      this.flush();
      this.#write(chunk);
    }
    // Not where the sink took it at once: then nobody waited.
    if (this.#pausedAtMs === undefined && this.#source.isPaused) this.#pause();
  }

  #pause(): void {
    this.#pauses += 1;
    this.#pausedAtMs = this.#clock.nowMs();
  }

  #resume(): void {
    this.#stalledMs = this.stalledMs;
    this.#pausedAtMs = undefined;
  }

  #gather(chunk: Uint8Array): void {
    if (this.#gatheredBytes + chunk.length > gatherBytes) this.flush();
    this.#gathered ??= new Uint8Array(gatherBytes);
    this.#gathered.set(chunk, this.#gatheredBytes);
    this.#gatheredBytes += chunk.length;
  }

  #write(chunk: Uint8Array): void {
    this.#lengths.push(chunk.length);
    this.#sink.write(chunk, this.#handleDone);
  }

  readonly #handleDone = (): void => {
    const length = this.#lengths.shift() ?? 0;
    this.#bytes += length;
    if (this.#lengths.length < busyWrites) this.flush();
    this.#source.consumed(length);
    if (this.#pausedAtMs !== undefined && !this.#source.isPaused) this.#resume();
    this.#onMove?.();
  };
}

class SplicedPair implements Splice {
  readonly up: Flow;
  readonly down: Flow;
  readonly #a: ByteDuplex;
  readonly #b: ByteDuplex;
  readonly #drainMs: number;
  readonly #clock: Clock;
  readonly #onClose = new Emitter<CloseReason>();
  #reason: CloseReason | undefined;
  #closedEnds = 0;
  #isClosing = false;
  #watch: StallWatch | undefined;

  constructor(a: ByteDuplex, b: ByteDuplex, drainMs: number, clock: Clock) {
    this.#a = a;
    this.#b = b;
    this.#drainMs = drainMs;
    this.#clock = clock;
    this.up = new Flow(a, b, clock);
    this.down = new Flow(b, a, clock);
    a.onClose((reason) => this.#handleClosed(reason, this.up, b));
    b.onClose((reason) => this.#handleClosed(reason, this.down, a));
  }

  start(): void {
    this.#a.start();
    this.#b.start();
  }

  onClose(listener: (reason: CloseReason) => void): Disposable {
    if (this.#closedEnds < 2) return this.#onClose.event(listener);
    const reason = this.#reason;
    let wanted = true;
    queueMicrotask(() => {
      if (wanted && reason) listener(reason);
    });
    return toDisposable(() => {
      wanted = false;
    });
  }

  close(deadlineMs: number): void {
    if (this.#closedEnds === 2) return;
    this.#isClosing = true;
    this.#reason ??= { kind: 'closed' };
    this.up.flush();
    this.down.flush();
    this.#a.close(deadlineMs, this.#reason);
    this.#b.close(deadlineMs, this.#reason);
  }

  dispose(): void {
    if (this.#closedEnds === 2) return;
    this.#isClosing = true;
    this.#reason ??= { kind: 'closed' };
    this.#a.dispose();
    this.#b.dispose();
  }

  /** `flow` leads from the end that closed to `other`. */
  #handleClosed(reason: CloseReason, flow: Flow, other: ByteDuplex): void {
    this.#reason ??= reason;
    this.#closedEnds += 1;
    if (this.#closedEnds === 2) return this.#finish();
    if (!this.#isClosing) this.#drain(flow, other, reason);
  }

  /** The window bounds what is left, so it may take as long as it moves at all. */
  #drain(flow: Flow, other: ByteDuplex, reason: CloseReason): void {
    this.#isClosing = true;
    flow.flush();
    if (flow.isEmpty) return other.close(this.#drainMs, reason);
    const watch = new StallWatch(this.#clock, this.#drainMs, () => other.dispose());
    this.#watch = watch;
    watch.start();
    flow.watch(() => {
      watch.progress();
      if (!flow.isEmpty || !watch.isWatching) return;
      watch.stop();
      other.close(this.#drainMs, reason);
    });
  }

  #finish(): void {
    this.#watch?.dispose();
    const reason = this.#reason ?? { kind: 'closed' };
    this.#onClose.fire(reason);
    this.#onClose.dispose();
  }
}
