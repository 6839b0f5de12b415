import { Fifo } from '../../../shared/flow/fifo.ts';

interface Entry {
  payloadBytes: number;
  wireBytes: number;
}

const MERGE_BELOW_BYTES = 32 << 10; // so a flood of tiny frames does not cost an entry each

/**
 * Turns acknowledged payload into acknowledged wire bytes: headers and control frames between are acknowledged with
 * the payload they came with, never before it, as the wire's buffers are freed in order.
 */
export class PayloadLedger {
  readonly #entries = new Fifo<Entry>();
  #last: Entry | undefined;
  #isOpen = false;
  #payloadBytes = 0;

  /** Delivered and not consumed. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** A chunk came. Its payload is added until it is finished, and may be consumed meanwhile. */
  begin(wireBytes: number): void {
    this.#isOpen = true;
    if (this.#last && this.#last.wireBytes + wireBytes < MERGE_BELOW_BYTES) {
      this.#last.wireBytes += wireBytes;
      return;
    }
    this.#last = { payloadBytes: 0, wireBytes };
    this.#entries.push(this.#last);
  }

  add(payloadBytes: number): void {
    this.#payloadBytes += payloadBytes;
    if (this.#last) this.#last.payloadBytes += payloadBytes;
  }

  /** The chunk holds no more payload. Returns the wire bytes that are consumed by that. */
  finish(): number {
    this.#isOpen = false;
    return this.consume(0);
  }

  /** Payload was consumed. Returns the wire bytes that are. */
  consume(payloadBytes: number): number {
    this.#payloadBytes -= payloadBytes;
    let wireBytes = 0;
    let left = payloadBytes;
    for (let entry = this.#entries.peek(); entry; entry = this.#entries.peek()) {
      const part = Math.min(left, entry.payloadBytes);
      entry.payloadBytes -= part;
      entry.wireBytes -= part;
      left -= part;
      wireBytes += part;
      if (entry.payloadBytes > 0 || (entry === this.#last && this.#isOpen)) return wireBytes;
      wireBytes += entry.wireBytes;
      this.#entries.shift();
      if (entry === this.#last) this.#last = undefined;
    }
    return wireBytes;
  }
}
