import { describe, expect, it } from 'vitest';

import type { Handshake } from '../../../shared/codec/handshake.ts';
import { RfbPageWelcome } from '../../../shared/codec/rfb/pageWelcome.ts';
import { RfbServerLogin } from '../../../shared/codec/rfb/serverLogin.ts';
import { vncResponse } from '../../../shared/codec/rfb/vncAuth.ts';
import { TerminalLogin } from '../../../shared/codec/terminal/terminalLogin.ts';
import { inputMessage, pingMessage, resizeMessage } from '../../../shared/codec/terminal/terminalMessages.ts';

const text = (value: string) => new TextEncoder().encode(value);
const join = (...parts: (Uint8Array | number[])[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Runs a handshake over all of the input, delivered in pieces of `size`; what is left belongs to the stream. */
function run(handshake: Handshake, input: Uint8Array, size: number) {
  const said: number[] = [...(handshake.greeting ?? [])];
  let unread = new Uint8Array();
  let done = false;
  for (let at = 0; at < input.length; at += size) {
    unread = join(unread, input.subarray(at, at + size));
    while (!done) {
      const step = handshake.step(unread);
      if (!step) break;
      unread = unread.slice(step.taken);
      said.push(...(step.reply ?? []));
      done = step.isDone ?? false;
    }
  }
  return { said: Uint8Array.from(said), left: unread, done };
}

const challenge = Uint8Array.from({ length: 16 }, (_, i) => i * 7);

describe.each([1, 3, 1000])('delivered %i bytes at a time', (size) => {
  it('signs in to an RFB 3.8 server with the VNC password and leaves ServerInit alone', () => {
    const input = join(text('RFB 003.008\n'), [2, 30, 2], challenge, [0, 0, 0, 0], [9, 9]);
    const { said, left, done } = run(new RfbServerLogin('secret12'), input, size);
    expect(done).toBe(true);
    expect(said).toEqual(join(text('RFB 003.008\n'), [2], vncResponse('secret12', challenge)));
    expect([...left]).toEqual([9, 9]);
  });

  it('signs in to an RFB 3.3 server, which chooses the type itself', () => {
    const input = join(text('RFB 003.003\n'), [0, 0, 0, 2], challenge, [0, 0, 0, 0]);
    const { said, done } = run(new RfbServerLogin('x'), input, size);
    expect(done).toBe(true);
    expect(said).toEqual(join(text('RFB 003.003\n'), vncResponse('x', challenge)));
  });

  it('takes None where that is all a server offers, with and without a result', () => {
    expect(run(new RfbServerLogin(''), join(text('RFB 003.008\n'), [1, 1], [0, 0, 0, 0]), size).done).toBe(true);
    expect(run(new RfbServerLogin(''), join(text('RFB 003.007\n'), [1, 1]), size).done).toBe(true);
  });

  it('says forbidden with the words of the server when the password is refused', () => {
    const words = text('Authentication failed');
    const input = join(text('RFB 003.008\n'), [1, 2], challenge, [0, 0, 0, 1], [0, 0, 0, words.length], words);
    expect(() => run(new RfbServerLogin('x'), input, size)).toThrow(/Authentication failed/);
  });

  it('says why when a server offers no security type at all', () => {
    const words = text('Too many viewers');
    const input = join(text('RFB 003.008\n'), [0], [0, 0, 0, words.length], words);
    expect(() => run(new RfbServerLogin('x'), input, size)).toThrow(/Too many viewers/);
  });

  it('names security types it can not speak', () => {
    expect(() => run(new RfbServerLogin('x'), join(text('RFB 003.008\n'), [2, 19, 16]), size)).toThrow(/19, 16/);
  });

  it('refuses what is not VNC', () => {
    expect(() => run(new RfbServerLogin('x'), text('SSH-2.0-OpenSSH_9'), size)).toThrow(/did not greet/);
  });

  it('welcomes a page with RFB 3.8 and None and leaves ClientInit alone', () => {
    const { said, left, done } = run(new RfbPageWelcome(), join(text('RFB 003.008\n'), [1], [1]), size);
    expect(done).toBe(true);
    expect(said).toEqual(join(text('RFB 003.008\n'), [1, 1], [0, 0, 0, 0]));
    expect([...left]).toEqual([1]);
  });

  it('signs in to a terminal and leaves what is glued to OK', () => {
    const { said, left, done } = run(new TerminalLogin('root@pam', 'PVEVNC:1::a'), text('OKlogin: '), size);
    expect(done).toBe(true);
    expect(said).toEqual(text('root@pam:PVEVNC:1::a\n'));
    expect(left).toEqual(text('login: '));
  });

  it('refuses a terminal that does not say OK', () => {
    expect(() => run(new TerminalLogin('root@pam', 't'), text('NO'), size)).toThrow(/OK/);
  });
});

it('frames typed bytes with their length in bytes', () => {
  expect(inputMessage(text('größe'))).toEqual(text('0:7:größe'));
  expect(resizeMessage(120, 40)).toEqual(text('1:120:40:'));
  expect(pingMessage).toEqual(text('2'));
});
