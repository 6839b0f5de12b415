import { type FlowWindow, ReadWindow } from '../../../shared/flow/readWindow.ts';
import { type Chunk, copyOf, partOf } from './chunk.ts';
import { ChunkLedger } from './chunkLedger.ts';
import { type Slab, type SlabPool, slabPool } from './slabPool.ts';

const defaultMarks = {
  highBytes: 1 << 20, // 8 ms at 1 Gbit/s, and one read of the biggest buffer
  lowBytes: 1 << 19, // half, so that the source is busy again before the sink runs dry
};

const LANDING_BYTES = 64 << 10; // one read of libuv's own size
const SLAB_BYTES = [256 << 10, 1 << 20] as const;
const COPY_BELOW_BYTES = 4 << 10; // smaller reads are copied, so that a few keys never hold a big buffer
const SMALLEST_READ_BYTES = 4 << 10;
const COOL_AFTER_READS = 32; // small reads in a row after which a big buffer is given back

/** All sockets without much traffic read into this one: what lands here is copied out at once. */
const landing = Buffer.allocUnsafeSlow(LANDING_BYTES);

export interface SocketReaderOptions {
  readonly window?: FlowWindow | undefined;
  readonly pool?: SlabPool | undefined;
  /** The biggest piece the transport ever delivers at once; a read of it means that more waits. TLS: 16 KiB. */
  readonly fullReadBytes?: number | undefined;
}

/**
 * The memory of one socket's reading side. It says where the next read goes (`offer`), takes what landed there and
 * knows when to pause. Big buffers are used only while reads fill them, and never past the window: what is offered
 * is no bigger than what the window still allows.
 */
export class SocketReader {
  readonly window: FlowWindow;
  readonly #pool: SlabPool;
  readonly #ledger: ChunkLedger;
  /** A piece of this size means that more waits. */
  readonly fullReadBytes: number;
  #level = 0; // 0: landing; n: SLAB_BYTES[n - 1]
  #slab: Slab | undefined;
  #slabUsed = 0;
  #offered: Buffer = landing;
  #smallReads = 0;
  #isEnded = false;

  constructor({ window, pool = slabPool, fullReadBytes = Infinity }: SocketReaderOptions = {}) {
    this.window = window ?? new ReadWindow(defaultMarks);
    this.#pool = pool;
    this.#ledger = new ChunkLedger(pool);
    this.fullReadBytes = fullReadBytes;
  }

  /** True while it keeps a big buffer for the next read. */
  get isHot(): boolean {
    return this.#slab !== undefined;
  }

  /** Where the next read goes. */
  readonly offer = (): Buffer => {
    if (this.#isEnded) return landing; // Node asks once more when a socket is destroyed while it reads
    // What is offered while paused is read into after resuming, when at least half of the window is free.
    const roomBytes = this.window.isPaused ? this.window.highBytes >> 1 : this.window.roomBytes;
    this.#offered = this.#bufferOf(Math.max(SMALLEST_READ_BYTES, roomBytes));
    return this.#offered;
  };

  /** What landed in the offered buffer, as a chunk that stays valid until it is consumed. */
  take(bytes: number): Chunk {
    const isOwn = this.#slab !== undefined && this.#offered.buffer === this.#slab.bytes.buffer;
    const chunk = bytes < COPY_BELOW_BYTES ? this.#copySmall(bytes) : isOwn ? this.#keep(bytes) : this.#copy(bytes);
    this.#adapt(bytes);
    this.window.received(bytes);
    return chunk;
  }

  #copySmall(bytes: number): Chunk {
    this.#ledger.push(bytes, undefined);
    return copyOf(this.#offered, bytes);
  }

  /** What landed in our own slab stays there. */
  #keep(bytes: number): Chunk {
    this.#ledger.push(bytes, this.#slab);
    this.#slabUsed += bytes;
    return partOf(this.#offered, bytes);
  }

  #copy(bytes: number): Chunk {
    const slab = this.#pool.takeFor(bytes);
    this.#offered.copy(slab.bytes, 0, 0, bytes);
    this.#ledger.push(bytes, slab);
    this.#pool.release(slab); // the ledger holds it
    return partOf(slab.bytes, bytes);
  }

  /** A chunk that Node allocated landed. */
  takeForeign(bytes: number): void {
    this.#ledger.push(bytes, undefined);
    this.window.received(bytes);
  }

  /** True where reading goes on now. Throws when more is acknowledged than landed. */
  consumed(bytes: number): boolean {
    const isResumed = this.window.consumed(bytes) === 'resume';
    this.#ledger.consume(bytes);
    return isResumed;
  }

  /**
   * Gives the big buffer back and says where the next read goes instead. The caller must make the socket read there
   * before anything else. Parts that are held stay valid.
   */
  coolDown(): Buffer {
    this.#level = 0;
    this.#dropSlab();
    return this.offer();
  }

  /** The socket reads no more. What is held stays valid, and counts in the window until it is consumed. */
  end(): void {
    this.#isEnded = true;
    this.#dropSlab();
    this.#ledger.forget();
    if (this.window.unconsumedBytes === 0) this.window.dispose();
  }

  dispose(): void {
    this.end();
    this.window.dispose();
  }

  #bufferOf(mostBytes: number): Buffer {
    const slab = this.#level > 0 && mostBytes > LANDING_BYTES ? this.#slabFor(this.window.highBytes) : undefined;
    if (!slab) return mostBytes >= LANDING_BYTES ? landing : landing.subarray(0, mostBytes);
    return slab.bytes.subarray(this.#slabUsed, Math.min(slab.bytes.length, this.#slabUsed + mostBytes));
  }

  /** The biggest that the window can fill: one that only holds a part of it wastes the rest. */
  #slabFor(windowBytes: number): Slab | undefined {
    let level = this.#level;
    while (level > 0 && (SLAB_BYTES[level - 1] as number) > windowBytes) level -= 1;
    return level === 0 ? undefined : this.#slabOf(SLAB_BYTES[level - 1] as number);
  }

  /** The slab under way where it is big enough and has room, else a new one. */
  #slabOf(sizeBytes: number): Slab | undefined {
    const slab = this.#slab;
    if (slab && slab.bytes.length >= sizeBytes && slab.bytes.length - this.#slabUsed >= LANDING_BYTES) return slab;
    this.#dropSlab();
    this.#slab = this.#pool.take(sizeBytes);
    return this.#slab;
  }

  #dropSlab(): void {
    if (this.#slab) this.#pool.release(this.#slab);
    this.#slab = undefined;
    this.#slabUsed = 0;
  }

  /** Up a step when a read filled its buffer, down when many in a row were small. The next offer follows it. */
  #adapt(bytes: number): void {
    if (bytes >= this.#offered.length || bytes >= this.fullReadBytes) {
      this.#smallReads = 0;
      const mostLevel = this.fullReadBytes < LANDING_BYTES ? 1 : SLAB_BYTES.length;
      this.#level = Math.min(this.#level + 1, mostLevel);
      return;
    }
    this.#smallReads = bytes < LANDING_BYTES / 4 ? this.#smallReads + 1 : 0;
    if (this.#smallReads < COOL_AFTER_READS || this.#level === 0) return;
    this.#level = 0;
    this.#dropSlab();
    this.#smallReads = 0;
  }
}
