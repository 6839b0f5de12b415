import { AppError } from '../../base/errors.ts';
import type { Handshake, HandshakeStep } from '../handshake.ts';

const NONE = 1;
const version = Uint8Array.from('RFB 003.008\n', (character) => character.charCodeAt(0));

/**
 * The server's half of an RFB 3.8 handshake with security type None, for a page whose engine has signed in already,
 * or is about to. Done when the page's next bytes are ClientInit.
 */
export class RfbPageWelcome implements Handshake {
  readonly greeting = version;
  #state: 'version' | 'type' = 'version';

  step(unread: Uint8Array): HandshakeStep | undefined {
    if (this.#state === 'type') return this.#type(unread);
    if (unread.length < version.length) return undefined;
    if (version.some((byte, i) => unread[i] !== byte)) {
      throw new AppError('protocol', 'The console view did not answer with RFB 3.8.');
    }
    this.#state = 'type';
    return { taken: version.length, reply: Uint8Array.of(1, NONE) };
  }

  #type(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 1) return undefined;
    if (unread[0] !== NONE)
      throw new AppError('protocol', 'The console view chose a security type it was not offered.');
    return { taken: 1, reply: Uint8Array.of(0, 0, 0, 0), isDone: true };
  }
}
