import { Chunk } from './chunk.ts';

/**
 * Joins what comes in many small pieces at once: OpenSSL hands out 16 KiB at a time, and a system call for each costs
 * more than decrypting it. Pieces that lie side by side are delivered as one when the event loop has read all there
 * is, or as soon as a piece is not full and so nothing more waits behind it.
 */
export class RecordBatch {
  readonly #deliver: (chunk: Uint8Array) => void;
  #first: Chunk | undefined;
  #bytes = 0;
  #isScheduled = false;

  constructor(deliver: (chunk: Uint8Array) => void) {
    this.#deliver = deliver;
  }

  /** Taken and not delivered yet. */
  get heldBytes(): number {
    return this.#bytes;
  }

  add(chunk: Chunk, isMoreLikely: boolean): void {
    if (this.#first && !this.#isNext(chunk)) this.flush();
    this.#first ??= chunk;
    this.#bytes += chunk.length;
    if (!isMoreLikely) return this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  flush(): void {
    const first = this.#first;
    if (!first) return;
    const bytes = this.#bytes;
    this.#first = undefined;
    this.#bytes = 0;
    this.#deliver(bytes === first.length ? first : new Chunk(first.buffer, first.byteOffset, bytes));
  }

  /** Nobody listens any more. */
  drop(): void {
    this.#first = undefined;
    this.#bytes = 0;
  }

  #isNext(chunk: Chunk): boolean {
    const first = this.#first;
    return first?.buffer === chunk.buffer && first.byteOffset + this.#bytes === chunk.byteOffset;
  }
}
