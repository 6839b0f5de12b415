import { expect, it } from 'vitest';

import { isVncResponse, vncResponse } from '../../../../electron/lab/guests/rfb/vncAuth.ts';

const challenge = Uint8Array.from({ length: 16 }, (_, i) => i);
// openssl enc -des-ecb -nopad -provider legacy, with every byte of "sluice42" bit-reversed as the key
const expected = 'c9a8286c0ceac4fe638ebfcb663c48b6';

it('answers a challenge as DES with a bit-reversed key does', () => {
  expect(vncResponse('sluice42', challenge).toString('hex')).toBe(expected);
});

it('uses the first eight characters of a password', () => {
  expect(vncResponse('sluice42-and-more', challenge).toString('hex')).toBe(expected);
  expect(isVncResponse('sluice42', challenge, vncResponse('sluice42xyz', challenge))).toBe(true);
});

it('takes no other answer', () => {
  expect(isVncResponse('sluice42', challenge, vncResponse('sluice43', challenge))).toBe(false);
  expect(isVncResponse('sluice42', challenge, Buffer.alloc(15))).toBe(false);
});
