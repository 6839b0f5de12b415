/** A big read buffer. It returns to its pool when nobody holds a part of it any more. */
export interface Slab {
  readonly bytes: Buffer;
  /** True once it may never be used again. */
  isForgotten: boolean;
  /** Parts handed out and not consumed, plus one while a reader still fills it. */
  holders: number;
}

const MAX_FREE_BYTES = 8 << 20; // kept for the next burst; the rest goes to the garbage collector
const MAX_LENT_BYTES = 64 << 20; // as much as all windows together; past it readers use small buffers
const STEP_BYTES = 8 << 10; // sizes of small buffers: few enough to be used again, close enough to waste little

/**
 * Read buffers shared by all sockets of the process. Reading into few big buffers is what makes a relay cheap: most
 * of its CPU goes into system calls (testbed 5).
 */
export class SlabPool {
  readonly #free = new Map<number, Slab[]>();
  readonly #maxFreeBytes: number;
  readonly #maxLentBytes: number;
  #freeBytes = 0;
  #lentBytes = 0;

  constructor({ maxFreeBytes = MAX_FREE_BYTES, maxLentBytes = MAX_LENT_BYTES } = {}) {
    this.#maxFreeBytes = maxFreeBytes;
    this.#maxLentBytes = maxLentBytes;
  }

  get lentBytes(): number {
    return this.#lentBytes;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** `undefined` when too much is lent already. The taker is its first holder. */
  take(sizeBytes: number): Slab | undefined {
    return this.#lentBytes + sizeBytes > this.#maxLentBytes ? undefined : this.#lend(sizeBytes);
  }

  /** A small one for so many bytes that arrived already: windows bound how many there are, so it is never refused. */
  takeFor(bytes: number): Slab {
    return this.#lend(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
  }

  #lend(sizeBytes: number): Slab {
    this.#lentBytes += sizeBytes;
    const kept = this.#free.get(sizeBytes)?.pop();
    if (!kept) return { bytes: Buffer.allocUnsafeSlow(sizeBytes), holders: 1, isForgotten: false };
    this.#freeBytes -= sizeBytes;
    kept.holders = 1;
    return kept;
  }

  /** One holder less. */
  release(slab: Slab): void {
    slab.holders -= 1;
    if (slab.holders > 0) return;
    if (slab.holders < 0) throw new Error('A read buffer was released more often than it was held.');
    if (slab.isForgotten) return;
    const sizeBytes = slab.bytes.length;
    this.#lentBytes -= sizeBytes;
    if (this.#freeBytes + sizeBytes > this.#maxFreeBytes) return;
    this.#freeBytes += sizeBytes;
    const row = this.#free.get(sizeBytes);
    if (row) row.push(slab);
    else this.#free.set(sizeBytes, [slab]);
  }

  /** Leaves it to the garbage collector: somebody may hold a part of it for good. */
  forget(slab: Slab): void {
    if (slab.isForgotten) return;
    slab.isForgotten = true;
    this.#lentBytes -= slab.bytes.length;
  }
}

/** The process's own. */
export const slabPool = new SlabPool();
