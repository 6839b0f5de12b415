import { AppError } from '../base/errors.ts';
import { checkConsumed } from './readWindow.ts';

const returnAt = 1 / 4; // of the credit: three quarters stay with the sender, and there are few credit messages

/** The sender's half of the promise: how many bytes the other side still takes. */
export class SendCredit {
  readonly totalBytes: number;
  #availableBytes: number;

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
    this.#availableBytes = totalBytes;
  }

  get availableBytes(): number {
    return this.#availableBytes;
  }

  /** Takes what is wanted or, where there is less, what there is. */
  take(wantedBytes: number): number {
    const taken = Math.min(wantedBytes, this.#availableBytes);
    this.#availableBytes -= taken;
    return taken;
  }

  /** The receiver gives some back. Throws `protocol` when it gives back more than was used. */
  add(bytes: number): void {
    if (bytes <= 0 || this.#availableBytes + bytes > this.totalBytes) {
      throw new AppError('protocol', 'The other side returned more credit than was used.');
    }
    this.#availableBytes += bytes;
  }
}

/** The receiver's half: holds the sender to it and says when to give credit back. */
export class ReceiveCredit {
  readonly totalBytes: number;
  readonly #batchBytes: number;
  /** What the sender may still send. */
  #openBytes: number;
  #unconsumedBytes = 0;
  #toReturnBytes = 0;

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
    this.#openBytes = totalBytes;
    this.#batchBytes = Math.max(1, Math.floor(totalBytes * returnAt));
  }

  get unconsumedBytes(): number {
    return this.#unconsumedBytes;
  }

  /** The sender has nothing left to send with. */
  get isUsedUp(): boolean {
    return this.#openBytes === 0;
  }

  /** Throws `protocol` when the sender went past its credit. */
  received(bytes: number): void {
    if (bytes > this.#openBytes) throw new AppError('protocol', 'The other side sent more than its credit.');
    this.#openBytes -= bytes;
    this.#unconsumedBytes += bytes;
  }

  /** Returns how many bytes of credit to give back now; mostly 0, as it is done in batches. */
  consumed(bytes: number): number {
    checkConsumed(bytes, this.#unconsumedBytes);
    this.#unconsumedBytes -= bytes;
    this.#toReturnBytes += bytes;
    if (this.#toReturnBytes < this.#batchBytes) return 0;
    const returned = this.#toReturnBytes;
    this.#toReturnBytes = 0;
    this.#openBytes += returned;
    return returned;
  }
}
