import { AppError } from '../../../shared/base/errors.ts';
import type { Handshake, HandshakeStep } from '../../../shared/codec/handshake.ts';

const MAX_BYTES = 4 << 10; // a viewer's has some 300
const end = Buffer.from('\r\n\r\n');

/** Reads the head of a CONNECT request. Fails with `protocol` for anything else. The answer comes from whoever asked. */
export class ConnectRequest implements Handshake {
  readonly greeting = undefined;
  #authority = '';
  #version = '1.0';

  /** `host:port` as it was asked for. */
  get authority(): string {
    return this.#authority;
  }

  /** Of HTTP: the answer has the same. */
  get version(): string {
    return this.#version;
  }

  step(unread: Uint8Array): HandshakeStep | undefined {
    const bytes = Buffer.from(unread.buffer, unread.byteOffset, Math.min(unread.length, MAX_BYTES));
    const at = bytes.indexOf(end);
    if (at === -1) {
      if (unread.length >= MAX_BYTES || !isBegun(bytes)) throw notConnect();
      return undefined;
    }
    const [first = ''] = bytes.toString('latin1', 0, at).split('\r\n', 1);
    const match = /^CONNECT ([!-~]{1,1024}) HTTP\/(1\.[01])$/.exec(first);
    if (!match?.[1] || !match[2]) throw notConnect();
    this.#authority = match[1];
    this.#version = match[2];
    return { taken: at + end.length, isDone: true };
  }
}

function isBegun(bytes: Buffer): boolean {
  const expected = 'CONNECT ';
  return expected.startsWith(bytes.toString('latin1', 0, Math.min(bytes.length, expected.length)));
}

function notConnect(): AppError {
  return new AppError('protocol', 'What connected in place of the viewer did not ask for a channel.');
}
