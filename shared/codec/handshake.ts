/**
 * A conversation before a stream begins. `step` is asked with all bytes not taken yet and either takes some, says
 * something and goes on, or returns undefined, untouched, until more have come. It throws an AppError when the peer
 * refuses or speaks something else.
 */
export interface Handshake {
  /** What is said first, before anything came. */
  readonly greeting: Uint8Array | undefined;
  step(unread: Uint8Array): HandshakeStep | undefined;
}

export interface HandshakeStep {
  /** How many bytes it took; the rest is asked about again, or belongs to the stream when it is done. */
  readonly taken: number;
  readonly reply?: Uint8Array;
  readonly isDone?: boolean;
}
