import { AppError } from '../../base/errors.ts';
import type { Handshake, HandshakeStep } from '../handshake.ts';
import { desEncrypt } from './des.ts';
import { vncResponse } from './vncAuth.ts';

const NONE = 1;
const VNC_AUTH = 2;
const VERSION_BYTES = 12;
const RESPONSE_BYTES = 16;
const ok = Uint8Array.of(0, 0, 0, 0);
const greeting = Uint8Array.from('RFB 003.008\n', (character) => character.charCodeAt(0));

export interface ViewerWelcomeOptions {
  /** What the viewer has to know; `undefined` where it can be given no secret, and anybody is let in. */
  readonly password: string | undefined;
  /** 16 random bytes. */
  readonly challenge: Uint8Array;
}

type State = 'version' | 'type' | 'response';

/**
 * The server's half of an RFB handshake (3.3, 3.7, 3.8) for a viewer of another program. Done when its next bytes are
 * ClientInit. Fails with `forbidden` for a wrong password and `protocol` for anything that is no viewer.
 */
export class RfbViewerWelcome implements Handshake {
  readonly greeting = greeting;
  readonly #options: ViewerWelcomeOptions;
  readonly #type: number;
  #state: State = 'version';
  #minor = 8;

  constructor(options: ViewerWelcomeOptions) {
    this.#options = options;
    this.#type = options.password === undefined ? NONE : VNC_AUTH;
  }

  step(unread: Uint8Array): HandshakeStep | undefined {
    if (this.#state === 'version') return this.#version(unread);
    return this.#state === 'type' ? this.#chosen(unread) : this.#response(unread);
  }

  #version(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < VERSION_BYTES) return undefined;
    const match = /^RFB 003\.00([378])\n$/.exec(String.fromCharCode(...unread.subarray(0, VERSION_BYTES)));
    if (!match) throw new AppError('protocol', 'What connected in place of the viewer does not speak VNC.');
    this.#minor = Number(match[1]);
    if (this.#minor > 3) {
      this.#state = 'type';
      return { taken: VERSION_BYTES, reply: Uint8Array.of(1, this.#type) };
    }
    return this.#begin(VERSION_BYTES, Uint8Array.of(0, 0, 0, this.#type)); // in 3.3 the server decides
  }

  #chosen(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < 1) return undefined;
    if (unread[0] !== this.#type) throw new AppError('protocol', 'The viewer chose a security it was not offered.');
    return this.#begin(1, new Uint8Array());
  }

  #begin(taken: number, before: Uint8Array): HandshakeStep {
    if (this.#type === VNC_AUTH) {
      this.#state = 'response';
      return { taken, reply: joined(before, this.#options.challenge) };
    }
    return { taken, reply: this.#minor === 8 ? joined(before, ok) : before, isDone: true };
  }

  #response(unread: Uint8Array): HandshakeStep | undefined {
    if (unread.length < RESPONSE_BYTES) return undefined;
    const { password = '', challenge } = this.#options;
    const expected = vncResponse(password, challenge);
    let difference = 0; // all bytes are looked at, however early they differ
    for (const [i, byte] of expected.entries()) difference |= byte ^ (unread[i] ?? 0);
    if (difference !== 0) throw new AppError('forbidden', 'What connected did not know the password of the viewer.');
    return { taken: RESPONSE_BYTES, reply: ok, isDone: true };
  }
}

// Known to every VNC program: it hides a password from a glance and protects it from nobody.
const fileKey = Uint8Array.of(0xe8, 0x4a, 0xd6, 0x60, 0xc4, 0x72, 0x1a, 0xe0);

/** A password as `vncpasswd` writes it into a file: 8 bytes, to be read by viewers with `-passwd`. */
export function vncPasswordFile(password: string): Uint8Array {
  const plain = new Uint8Array(8);
  for (let i = 0; i < Math.min(8, password.length); i += 1) plain[i] = password.charCodeAt(i) & 0xff;
  return desEncrypt(fileKey, plain);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a, 0);
  both.set(b, a.length);
  return both;
}
