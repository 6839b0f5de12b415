import { Duplex } from 'node:stream';

/** One end of a pair. What is written on one end is read on the other, with backpressure. */
export class FakeStream extends Duplex {
  #peer: FakeStream | undefined;
  #release: (() => void) | undefined;
  #isHolding = false;
  readonly #chunks: Buffer[] = [];

  constructor() {
    super({ allowHalfOpen: true });
  }

  static join(a: FakeStream, b: FakeStream): void {
    a.#peer = b;
    b.#peer = a;
  }

  /** Keeps what comes; `text` and `bytes` show it. */
  collect(): this {
    this.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    return this;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** What the other end writes is taken and not passed on: the other end fills up. */
  hold(): void {
    this.#isHolding = true;
  }

  letGo(): void {
    this.#isHolding = false;
    this.#release?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const peer = this.#peer;
    if (peer === undefined || peer.destroyed) return done();
    if (peer.#isHolding) {
      peer.#release = () => {
        peer.#release = undefined;
        this._write(chunk, _encoding, done);
      };
      return;
    }
    if (peer.push(chunk)) done();
    else peer.#release = done;
  }

  override _read(): void {
    if (this.#isHolding) return;
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  override _final(done: () => void): void {
    this.#peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.#peer;
    this.#peer = undefined;
    if (peer !== undefined) setImmediate(() => peer.destroy());
    done(error);
  }
}

export function duplexPair(): [FakeStream, FakeStream] {
  const [a, b] = [new FakeStream(), new FakeStream()];
  FakeStream.join(a, b);
  return [a, b];
}
