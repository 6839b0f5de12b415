import type { ByteDuplex, CloseReason } from '../../shared/flow/duplex.ts';
import { concat } from './bytes.ts';

/** Listens to a duplex and keeps what it said. Consumes each chunk at once unless told to hold. */
export class Recorder {
  readonly duplex: ByteDuplex;
  readonly chunks: Uint8Array[] = [];
  readonly story: ('data' | 'end' | 'close')[] = [];
  readonly reasons: CloseReason[] = [];
  bytes = 0;
  /** The most that was delivered and not consumed at any moment. */
  mostUnconsumedBytes = 0;
  isHolding: boolean;
  #heldBytes = 0;

  constructor(duplex: ByteDuplex, options: { isHolding?: boolean } = {}) {
    this.duplex = duplex;
    this.isHolding = options.isHolding ?? false;
    duplex.onData((chunk) => this.#handleData(chunk));
    duplex.onEnd(() => this.story.push('end'));
    duplex.onClose((reason) => {
      this.story.push('close');
      this.reasons.push(reason);
    });
  }

  get received(): Uint8Array<ArrayBuffer> {
    return concat(this.chunks);
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get hasEnded(): boolean {
    return this.story.includes('end');
  }

  get isClosed(): boolean {
    return this.reasons.length > 0;
  }

  /** Consumes what is held, and from now on at once. */
  release(): void {
    this.isHolding = false;
    this.consumeHeld();
  }

  consumeHeld(): void {
    const bytes = this.#heldBytes;
    this.#heldBytes = 0;
    this.duplex.consumed(bytes);
  }

  #handleData(chunk: Uint8Array): void {
    if (this.story.at(-1) !== 'data') this.story.push('data');
    this.chunks.push(chunk.slice());
    this.bytes += chunk.length;
    this.mostUnconsumedBytes = Math.max(this.mostUnconsumedBytes, this.duplex.unconsumedBytes);
    if (this.isHolding) this.#heldBytes += chunk.length;
    else this.duplex.consumed(chunk.length);
  }
}
