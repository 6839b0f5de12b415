import type { AppError } from '../base/errors.ts';

/** Why a duplex is closed. `ended`: both directions came to their end. `closed`: our side closed or disposed it. */
export type CloseReason =
  | { readonly kind: 'ended' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: AppError };

export interface ByteSource {
  /**
   * Sets the one listener; a second call throws. A chunk belongs to the source and is valid until it has been
   * consumed: the listener may hold it till then, and copies what it needs for longer.
   */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Sets the one listener for the end of the stream. Called once, after the last chunk was delivered. */
  onEnd(listener: () => void): void;
  /** Born paused: nothing is delivered before. Called by whoever joins the ends (`splice`), once both exist. */
  start(): void;
  /**
   * Acknowledges bytes, oldest first, after they were painted, parsed, written or handed over. Throws when more is
   * acknowledged than was delivered. The source stops reading at its high mark of unconsumed bytes and goes on at
   * the low one; a chunk that is under way when it stops is still delivered.
   */
  consumed(bytes: number): void;
  /** Delivered and not yet consumed. */
  readonly unconsumedBytes: number;
  /** Reading is stopped at the high mark, until enough was consumed. */
  readonly isPaused: boolean;
}

export interface ByteSink {
  /**
   * Queues a chunk. The sink holds it until `done`, which is called once, in order, when the bytes were handed over
   * and the chunk may be reused. It is never called when the sink dies first: `onClose` tells that.
   * Writing to a closed or ended sink drops the chunk and never calls `done`.
   */
  write(chunk: Uint8Array, done?: () => void): void;
  /** Half-close: what is queued still goes out, then the peer sees the end. Safe twice. */
  end(): void;
}

export interface ByteDuplex extends ByteSource, ByteSink {
  /** For people and logs; no secret. */
  readonly label: string;
  /** False where `end()` closes both directions, as with a WebSocket. */
  readonly canHalfClose: boolean;
  /**
   * Sets the one listener. Called once, last, after every other callback. When it closed before the listener was set,
   * the listener is called in a microtask.
   */
  onClose(listener: (reason: CloseReason) => void): void;
  /**
   * Delivers nothing more, sends what is queued, then closes; disposes when that takes longer than `deadlineMs`. Safe
   * twice. `reason` is why: an end that can carry reasons (a channel) tells it to its peer, the others ignore it.
   */
  close(deadlineMs: number, reason?: CloseReason): void;
  /** Ends it now, queued bytes are lost. Safe twice and after `close`. `consumed` is ignored from then on. */
  dispose(): void;
}
