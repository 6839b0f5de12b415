import { expect, it } from 'vitest';

import { desEncrypt } from '../../../shared/codec/rfb/des.ts';
import { rfbPassword, vncResponse } from '../../../shared/codec/rfb/vncAuth.ts';

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (value: Uint8Array) => Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');

it.each([
  // Published test vectors of FIPS 46-3 (NBS 500-20 and the textbook example).
  ['133457799bbcdff1', '0123456789abcdef', '85e813540f0ab405'],
  ['0000000000000000', '0000000000000000', '8ca64de9c1b123a7'],
  ['ffffffffffffffff', 'ffffffffffffffff', '7359b2163e4edc58'],
  ['7ca110454a1a6e57', '01a1d6d039776742', '690f5b0d9a26939b'],
  ['0131d9619dc1376e', '5cd54ca83def57da', '7a389d10354bd271'],
])('encrypts with key %s the block %s to %s', (key, block, expected) => {
  expect(hex(desEncrypt(bytes(key), bytes(block)))).toBe(expected);
});

it('answers a challenge with both halves encrypted under the reversed password', () => {
  const challenge = bytes('000102030405060708090a0b0c0d0e0f');
  const key = bytes('86a6466eeace2e0e'); // 'aebvWst' and so on would be unreadable: bytes of 'aebvWstp' reversed
  const password = String.fromCharCode(
    ...Array.from(key, (byte) => Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2)),
  );
  const expected = hex(desEncrypt(key, challenge.subarray(0, 8))) + hex(desEncrypt(key, challenge.subarray(8)));
  expect(hex(vncResponse(password, challenge))).toBe(expected);
});

it('fills a short password with zeros and ignores what follows the eighth byte', () => {
  const challenge = new Uint8Array(16).fill(7);
  expect(hex(vncResponse('12345678', challenge))).toBe(hex(vncResponse('123456789', challenge)));
  expect(hex(vncResponse('', challenge))).toBe(hex(desEncrypt(new Uint8Array(8), challenge.subarray(0, 8))).repeat(2));
});

it('takes the password where the server gives one, else the start of the ticket', () => {
  expect(rfbPassword({ ticket: 'PVEVNC:67A1B2C3::sig' })).toBe('PVEVNC:6');
  expect(rfbPassword({ ticket: 'abcdefgh:PVEVNC:67::sig', password: 'abcdefgh' })).toBe('abcdefgh');
});
