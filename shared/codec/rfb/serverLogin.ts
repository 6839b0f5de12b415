import { AppError } from '../../base/errors.ts';
import type { Handshake, HandshakeStep } from '../handshake.ts';
import { vncResponse } from './vncAuth.ts';

const NONE = 1;
const VNC_AUTH = 2;
const MAX_REASON_BYTES = 4096; // a reason for people, not a stream

type State = 'version' | 'types' | 'type' | 'challenge' | 'result' | 'done';

/**
 * Signs in to an RFB server (3.3, 3.7, 3.8) with VNC authentication, or with nothing where the server wants nothing.
 * It is done when the server waits for ClientInit; both sides of that are the page's.
 * Fails with `forbidden` (wrong or expired password), `unsupported` (other security types) or `protocol`.
 */
export class RfbServerLogin implements Handshake {
  readonly greeting = undefined;
  readonly #password: string;
  #state: State = 'version';
  #minor = 8;

  constructor(password: string) {
    this.#password = password;
  }

  step(unread: Uint8Array): HandshakeStep | undefined {
    if (this.#state === 'version') return this.#version(unread);
    if (this.#state === 'types') return this.#types(unread);
    if (this.#state === 'type') return this.#type(unread);
    if (this.#state === 'challenge') return this.#challenge(unread);
    if (this.#state === 'result') return this.#result(unread);
    return { taken: 0, isDone: true };
  }

  #version(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 12) return undefined;
    const match = /^RFB (\d{3})\.(\d{3})\n$/.exec(latin1(unread.subarray(0, 12)));
    if (!match) throw new AppError('protocol', 'What answered did not greet as VNC does.');
    const major = Number(match[1]);
    const minor = Number(match[2]);
    if (major < 3) throw new AppError('unsupported', `The screen speaks RFB ${major}.${minor}, which is too old.`);
    this.#minor = major > 3 || minor >= 8 ? 8 : minor >= 7 ? 7 : 3;
    this.#state = this.#minor === 3 ? 'type' : 'types';
    return { taken: 12, reply: ascii(`RFB 003.00${this.#minor}\n`) };
  }

  #types(unread: Uint8Array): HandshakeStep | undefined {
    const count = unread[0];
    if (count === undefined) return undefined;
    if (count === 0) return this.#refusedWith(unread, 1);
    if (unread.length < 1 + count) return undefined;
    const chosen = this.#choose([...unread.subarray(1, 1 + count)]);
    const step = this.#afterType(chosen, 1 + count);
    return { ...step, reply: Uint8Array.of(chosen) };
  }

  #type(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 4) return undefined;
    const type = uint32(unread, 0);
    if (type === 0) return this.#refusedWith(unread, 4);
    return this.#afterType(this.#choose([type]), 4);
  }

  #choose(offered: number[]): number {
    if (offered.includes(VNC_AUTH)) return VNC_AUTH;
    if (offered.includes(NONE)) return NONE;
    throw new AppError(
      'unsupported',
      `The screen asks for security types Sluice does not speak: ${offered.join(', ')}.`,
    );
  }

  #afterType(type: number, taken: number): HandshakeStep {
    if (type === VNC_AUTH) this.#state = 'challenge';
    else this.#state = this.#minor === 8 ? 'result' : 'done';
    return this.#state === 'done' ? { taken, isDone: true } : { taken };
  }

  #challenge(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 16) return undefined;
    this.#state = 'result';
    return { taken: 16, reply: vncResponse(this.#password, unread.subarray(0, 16)) };
  }

  #result(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 4) return undefined;
    if (uint32(unread, 0) === 0) {
      this.#state = 'done';
      return { taken: 4, isDone: true };
    }
    if (this.#minor < 8) throw refused('');
    return this.#refusedWith(unread, 4);
  }

  /** Waits for the reason that follows at `offset`, then throws. */
  #refusedWith(unread: Uint8Array, offset: number): undefined {
    if (unread.length < offset + 4) return undefined;
    const length = Math.min(uint32(unread, offset), MAX_REASON_BYTES);
    if (unread.length < offset + 4 + length) return undefined;
    throw refused(new TextDecoder().decode(unread.subarray(offset + 4, offset + 4 + length)));
  }
}

function refused(reason: string): AppError {
  const why = reason.trim();
  return new AppError('forbidden', `The screen refused the sign-in${why ? `: ${why}` : ''}. Open it again.`, {
    retry: 'later',
  });
}

function uint32(bytes: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(offset, offset + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
