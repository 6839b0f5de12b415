import { AppError } from '../base/errors.ts';
import type { CloseReason } from '../flow/duplex.ts';
import type { Link } from './link.ts';

/** A link's largest frame: the full inventory of some 50,000 guests. */
export const defaultMaxFrameBytes = 16 << 20;
const maxEarlyFrames = 256; // before `start`; the wire allows next to nothing without a call or credit

/** What all links share: born paused, one listener each, nothing after the close. */
export abstract class BasicLink implements Link {
  readonly label: string;
  readonly maxFrameBytes: number;
  #onFrame: ((frame: Uint8Array) => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #early: Uint8Array[] = [];
  #isStarted = false;
  #reason: CloseReason | undefined;

  constructor(label: string, maxFrameBytes: number) {
    this.label = label;
    this.maxFrameBytes = maxFrameBytes;
  }

  protected abstract sendNow(frame: Uint8Array): void;
  /** Ends the transport below. Called once. */
  protected abstract endNow(): void;
  protected startNow(): void {}

  get isClosed(): boolean {
    return this.#reason !== undefined;
  }

  send(frame: Uint8Array): void {
    if (!this.#reason) this.sendNow(frame);
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    if (this.#onFrame) throw new AppError('internal', 'A second frame listener was set on a link.');
    this.#onFrame = listener;
  }

  onClose(listener: (reason: CloseReason) => void): void {
    if (this.#onClose) throw new AppError('internal', 'A second close listener was set on a link.');
    this.#onClose = listener;
    if (this.#reason) this.#tellClosed(this.#reason);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const early = this.#early;
    this.#early = [];
    for (const frame of early) {
      if (!this.#reason) this.#onFrame?.(frame);
    }
    if (!this.#reason) this.startNow();
  }

  close(): void {
    this.closeWith({ kind: 'closed' });
  }

  /** Called by the transport for every frame that came. */
  protected handleFrame(frame: Uint8Array): void {
    if (this.#reason) return;
    if (this.#isStarted) this.#onFrame?.(frame);
    else if (this.#early.length < maxEarlyFrames) this.#early.push(frame);
    else this.closeWith({ kind: 'failed', error: new AppError('limit', 'Too much came before it was asked for.') });
  }

  /** Called by the transport when it ended, and by whoever ends it. The first reason stays. */
  protected closeWith(reason: CloseReason): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#early = [];
    this.endNow();
    this.#tellClosed(reason);
  }

  /** In a microtask: whoever closes is not called back while at it. */
  #tellClosed(reason: CloseReason): void {
    const listener = this.#onClose;
    if (listener) queueMicrotask(() => listener(reason));
  }
}

export function linkLost(): CloseReason {
  return {
    kind: 'failed',
    error: new AppError('link-lost', 'The connection to the engine was lost. It is tried again.', { retry: 'later' }),
  };
}
