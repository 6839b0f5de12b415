import { AppError } from '../../base/errors.ts';
import type { Handshake, HandshakeStep } from '../handshake.ts';

/** Waits for the `OK` behind a sign-in that somebody else did. */
export class TerminalReady implements Handshake {
  readonly greeting: Uint8Array | undefined = undefined;

  step(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 2) return undefined;
    if (unread[0] === 0x4f && unread[1] === 0x4b) return { taken: 2, isDone: true };
    throw new AppError('protocol', 'The terminal did not answer the sign-in with OK.');
  }
}

/**
 * Signs in to termproxy: one raw line, then the two bytes `OK`, with the terminal's first bytes glued to them or not
 * (PVE wire facts 4.2). A refusal has no words: the connection closes.
 */
export class TerminalLogin extends TerminalReady {
  override readonly greeting: Uint8Array;

  /** `ticket` as the server gave it, not encoded. */
  constructor(user: string, ticket: string) {
    super();
    this.greeting = new TextEncoder().encode(`${user}:${ticket}\n`);
  }
}
