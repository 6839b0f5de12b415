import { checkConsumed, type FlowWindow } from './readWindow.ts';

export const defaultBudgetBytes = 64 << 20; // all relays together, 0.4 % of a 16 GiB machine
const firstWindowBytes = 64 << 10; // one socket read: what a stream that never consumes may take
const low = 0.5; // resume at half the window: long reads, no ping-pong of pause and resume

/** `interactive`: a person waits for it. `bulk`: only its throughput counts. */
export type FlowWeight = 'interactive' | 'bulk';

interface Share {
  /** Part of the whole that this weight may not touch: it is kept for the minimums of streams to come. */
  readonly keepFree: number;
  /** Part of what is free that one stream may take. The smaller, the more streams share evenly. */
  readonly ofFree: number;
}

const shares: Readonly<Record<FlowWeight, Share>> = {
  interactive: { keepFree: 1 / 16, ofFree: 1 },
  bulk: { keepFree: 1 / 4, ofFree: 1 / 4 },
};

export interface WindowWish {
  /** Always granted, and kept for this stream while it lives. */
  readonly minBytes: number;
  readonly wantedBytes: number;
  readonly weight: FlowWeight;
}

/**
 * One bound for what all streams of a process hold. Nothing is cut up beforehand: a stream may hold up to a fixed part
 * of what is free at that moment (a dynamic threshold, as shared-memory switches do it), so few streams get their full
 * window, a thousand stalled ones get an even small one, and something is always left. Every question is O(1) and no
 * stream has to be told of another: one that is above its mark resumes by its own consuming.
 *
 * A window starts small and doubles as the stream consumes, so one that stalls from the start takes little.
 */
export class Budget {
  readonly totalBytes: number;
  /** Sum over all windows of the larger of minimum and held. */
  #promisedBytes = 0;
  #heldBytes = 0;
  readonly #windows = new Set<BudgetWindow>();

  constructor(totalBytes: number = defaultBudgetBytes) {
    this.totalBytes = totalBytes;
  }

  /** What all windows hold now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.totalBytes - this.#promisedBytes);
  }

  get windowCount(): number {
    return this.#windows.size;
  }

  /** A window for one source, disposed with it. `undefined` when not even the minimum can be promised. */
  open(wish: WindowWish): FlowWindow | undefined {
    if (this.#promisedBytes + wish.minBytes > this.totalBytes) return undefined;
    const window = new BudgetWindow(wish, {
      freeBytes: (share) => this.totalBytes * (1 - share.keepFree) - this.#promisedBytes,
      change: (promisedBytes, heldBytes) => {
        this.#promisedBytes += promisedBytes;
        this.#heldBytes += heldBytes;
      },
      end: (ended) => this.#windows.delete(ended),
    });
    this.#windows.add(window);
    return window;
  }
}

interface BudgetAccount {
  freeBytes(share: Share): number;
  change(promisedBytes: number, heldBytes: number): void;
  end(window: BudgetWindow): void;
}

class BudgetWindow implements FlowWindow {
  readonly #minBytes: number;
  readonly #wantedBytes: number;
  readonly #share: Share;
  readonly #account: BudgetAccount;
  #grownBytes: number;
  #consumedSinceGrowth = 0;
  #unconsumedBytes = 0;
  #isPaused = false;
  #isDisposed = false;

  constructor(wish: WindowWish, account: BudgetAccount) {
    this.#minBytes = wish.minBytes;
    this.#wantedBytes = Math.max(wish.minBytes, wish.wantedBytes);
    this.#share = shares[wish.weight];
    this.#account = account;
    this.#grownBytes = Math.min(this.#wantedBytes, Math.max(this.#minBytes, firstWindowBytes));
    account.change(this.#minBytes, 0);
  }

  get highBytes(): number {
    const allowed = this.#account.freeBytes(this.#share) * this.#share.ofFree;
    return Math.max(this.#minBytes, Math.floor(Math.min(this.#grownBytes, allowed)));
  }

  get unconsumedBytes(): number {
    return this.#unconsumedBytes;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get roomBytes(): number {
    return this.#isPaused || this.#isDisposed ? 0 : Math.max(0, this.highBytes - this.#unconsumedBytes);
  }

  received(bytes: number): 'go' | 'pause' {
    if (this.#isDisposed) return 'pause';
    this.#hold(bytes);
    if (this.#unconsumedBytes >= this.highBytes) this.#isPaused = true;
    return this.#isPaused ? 'pause' : 'go';
  }

  consumed(bytes: number): 'go' | 'resume' {
    if (this.#isDisposed) return 'go';
    checkConsumed(bytes, this.#unconsumedBytes);
    this.#hold(-bytes);
    this.#grow(bytes);
    if (!this.#isPaused || this.#unconsumedBytes > this.highBytes * low) return 'go';
    this.#isPaused = false;
    return 'resume';
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#account.change(-Math.max(this.#minBytes, this.#unconsumedBytes), -this.#unconsumedBytes);
    this.#unconsumedBytes = 0;
    this.#account.end(this);
  }

  #hold(bytes: number): void {
    const before = Math.max(this.#minBytes, this.#unconsumedBytes);
    this.#unconsumedBytes += bytes;
    this.#account.change(Math.max(this.#minBytes, this.#unconsumedBytes) - before, bytes);
  }

  #grow(bytes: number): void {
    if (this.#grownBytes >= this.#wantedBytes) return;
    this.#consumedSinceGrowth += bytes;
    if (this.#consumedSinceGrowth < this.#grownBytes) return;
    this.#consumedSinceGrowth = 0;
    this.#grownBytes = Math.min(this.#wantedBytes, this.#grownBytes * 2);
  }
}
