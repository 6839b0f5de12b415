import type { CloseReason } from '../flow/duplex.ts';

/**
 * Carries whole frames between page and engine, in order, none lost while it lives. Born paused.
 * Bounds are not its job: whatever is sent on it was paid for with credit (channels) or is small (calls, events).
 */
export interface Link {
  readonly label: string;
  /** The largest frame it takes, in bytes. */
  readonly maxFrameBytes: number;
  /** Sends a frame; the array belongs to the link from then on. Dropped when the link is closed. */
  send(frame: Uint8Array): void;
  /** Sets the one listener; a second call throws. */
  onFrame(listener: (frame: Uint8Array) => void): void;
  /** Sets the one listener. Called once, last. */
  onClose(listener: (reason: CloseReason) => void): void;
  start(): void;
  /** Closes it; `onClose` follows. Safe twice. */
  close(): void;
}
