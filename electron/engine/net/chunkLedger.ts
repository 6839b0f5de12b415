import { Fifo } from '../../../shared/flow/fifo.ts';
import type { Slab, SlabPool } from './slabPool.ts';

interface Entry {
  readonly slab: Slab | undefined;
  bytes: number;
}

/** Which delivered bytes lie in which buffer, oldest first: a buffer is free when its bytes were consumed. */
export class ChunkLedger {
  readonly #pool: SlabPool;
  readonly #entries = new Fifo<Entry>();
  #last: Entry | undefined;

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  /** A chunk was delivered; its slab, where it lies in one, is held from now on. */
  push(bytes: number, slab: Slab | undefined): void {
    if (bytes === 0) return;
    const last = this.#last;
    if (last && last.slab === slab) {
      last.bytes += bytes;
      return;
    }
    if (slab) slab.holders += 1;
    this.#last = { slab, bytes };
    this.#entries.push(this.#last);
  }

  /** The caller has checked that so much was delivered. */
  consume(bytes: number): void {
    let left = bytes;
    for (let entry = this.#entries.peek(); entry && left > 0; entry = this.#entries.peek()) {
      const part = Math.min(left, entry.bytes);
      entry.bytes -= part;
      left -= part;
      if (entry.bytes > 0) return;
      this.#entries.shift();
      if (entry === this.#last) this.#last = undefined;
      if (entry.slab) this.#pool.release(entry.slab);
    }
  }

  /** Nobody will acknowledge the rest, and somebody may still read it: its buffers are never used again. */
  forget(): void {
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) {
      if (entry.slab) this.#pool.forget(entry.slab);
    }
    this.#last = undefined;
  }
}
