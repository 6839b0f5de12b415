import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { Transport } from './transport.ts';

/** Takes what a transport delivers. */
export interface Receiver {
  handleData(chunk: Uint8Array): void;
  handleEnd(): void;
  handleClose(reason: CloseReason): void;
}

/**
 * Leads what a transport delivers to a handshake first and to what is laid on it afterwards: a transport takes one
 * listener, and nothing of the handshake is kept.
 */
export class Handover {
  receiver: Receiver;

  constructor(transport: Transport, first: Receiver) {
    this.receiver = first;
    transport.onData((chunk) => this.receiver.handleData(chunk));
    transport.onEnd(() => this.receiver.handleEnd());
    transport.onClose((reason) => this.receiver.handleClose(reason));
  }
}
