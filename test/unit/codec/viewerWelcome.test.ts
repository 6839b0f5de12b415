import { describe, expect, it } from 'vitest';

import type { Handshake } from '../../../shared/codec/handshake.ts';
import { RfbServerLogin } from '../../../shared/codec/rfb/serverLogin.ts';
import { RfbViewerWelcome, vncPasswordFile } from '../../../shared/codec/rfb/viewerWelcome.ts';

const challenge = Uint8Array.from({ length: 16 }, (_, i) => i * 7);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Lets two sides talk, a byte at a time, until both are done. */
function talk(server: Handshake, viewer: Handshake): boolean {
  const sides = [
    { handshake: server, unread: [] as number[], isDone: false },
    { handshake: viewer, unread: [...(server.greeting ?? [])], isDone: false },
  ];
  for (let turn = 0; turn < 100; turn += 1) {
    for (const [i, side] of sides.entries()) {
      for (let n = 0; n <= side.unread.length && !side.isDone; n += 1) {
        const step = side.handshake.step(Uint8Array.from(side.unread.slice(0, n)));
        if (!step) continue;
        side.unread.splice(0, step.taken);
        sides[1 - i]?.unread.push(...(step.reply ?? []));
        side.isDone = step.isDone ?? false;
        n = -1;
      }
    }
  }
  return sides.every((side) => side.isDone);
}

describe('the welcome of a viewer', () => {
  it('lets in who knows the password, and nobody else', () => {
    const welcome = () => new RfbViewerWelcome({ password: 'S3cret!x', challenge });
    expect(talk(welcome(), new RfbServerLogin('S3cret!x'))).toBe(true);
    expect(() => talk(welcome(), new RfbServerLogin('another'))).toThrow('did not know the password');
  });

  it('offers no security to viewers that can be given no password', () => {
    expect(talk(new RfbViewerWelcome({ password: undefined, challenge }), new RfbServerLogin(''))).toBe(true);
  });

  it('speaks 3.3 and 3.7 too', () => {
    const old = new RfbViewerWelcome({ password: 'x', challenge });
    expect(old.step(latin1('RFB 003.003\n'))?.reply).toEqual(Uint8Array.of(0, 0, 0, 2, ...challenge));
    const open = new RfbViewerWelcome({ password: undefined, challenge });
    expect(open.step(latin1('RFB 003.007\n'))?.reply).toEqual(Uint8Array.of(1, 1));
    expect(open.step(Uint8Array.of(1))).toEqual({ taken: 1, reply: new Uint8Array(), isDone: true });
  });

  it('refuses other programs, and a security it did not offer', () => {
    expect(() => new RfbViewerWelcome({ password: 'x', challenge }).step(latin1('GET / HTTP/1'))).toThrow('VNC');
    const welcome = new RfbViewerWelcome({ password: 'x', challenge });
    welcome.step(latin1('RFB 003.008\n'));
    expect(() => welcome.step(Uint8Array.of(1))).toThrow('not offered');
  });
});

describe('a password file', () => {
  it('holds what vncpasswd writes', () => {
    expect(Buffer.from(vncPasswordFile('password')).toString('hex')).toBe('dbd83cfd727a1458');
    expect(vncPasswordFile('a much longer password')).toEqual(vncPasswordFile('a much l'));
  });
});
