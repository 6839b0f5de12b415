import { Duplex } from 'node:stream';

// Enough for a frame's worth of interface at once; a stalled reader holds this much and one chunk.
const HIGH_BYTES = 64 << 10;

class PairEnd extends Duplex {
  #peer: PairEnd | undefined;
  /** The peer's write waits here until our reader has room. */
  #onRoom: (() => void) | undefined;

  constructor() {
    super({ readableHighWaterMark: HIGH_BYTES, writableHighWaterMark: HIGH_BYTES, allowHalfOpen: true });
  }

  join(peer: PairEnd): void {
    this.#peer = peer;
  }

  override _read(): void {
    this.#releaseWriter();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#peer) this.#peer.#accept(chunk, done);
    else done();
  }

  override _final(done: () => void): void {
    this.#peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.#peer;
    // As with a socket: what was handed over can still be read, then comes the end.
    if (peer && !peer.destroyed && !peer.readableEnded) peer.push(null);
    this.#releaseWriter();
    done(error);
  }

  #accept(chunk: Buffer, done: () => void): void {
    if (this.destroyed || this.readableEnded) return done();
    if (this.push(chunk)) done();
    else this.#onRoom = done;
  }

  /** Nothing written to us arrives any more: the peer's writes are dropped, not held for ever. */
  #releaseWriter(): void {
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
  }
}

/** Two joined ends in one process. Writing waits for the other end's reader, as with a socket. */
export function duplexPair(): [Duplex, Duplex] {
  const a = new PairEnd();
  const b = new PairEnd();
  a.join(b);
  b.join(a);
  return [a, b];
}
