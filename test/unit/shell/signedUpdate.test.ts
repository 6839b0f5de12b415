import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';

import { isSigned, type SignedPart, signedText } from '../../../electron/main/update/signedUpdate.ts';

const part: SignedPart = {
  version: '0.3.0',
  files: [
    { url: 'sluice-0.3.0-x86_64.AppImage', sha512: 'AAAA', size: 10 },
    { url: 'sluice_0.3.0_amd64.deb', sha512: 'BBBB', size: 11 },
  ],
};
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const signature = sign(null, Buffer.from(signedText(part)), privateKey).toString('base64');

it('a description is vouched for whatever the order of its files', () => {
  expect(isSigned(part, signature, key)).toBe(true);
  expect(isSigned({ ...part, files: part.files.toReversed() }, signature, key)).toBe(true);
});

it('nothing in it can be changed', () => {
  const [first, second] = part.files;
  if (!first || !second) throw new Error('no files');
  for (const changed of [
    { ...part, version: '0.3.1' },
    { ...part, files: [first] },
    { ...part, files: [...part.files, first] },
    { ...part, files: [{ ...first, sha512: 'CCCC' }, second] },
    { ...part, files: [{ ...first, size: 12 }, second] },
    { ...part, files: [{ ...first, url: 'other' }, second] },
  ]) {
    expect(isSigned(changed, signature, key), JSON.stringify(changed)).toBe(false);
  }
});

it('what is no signature or no key vouches for nothing', () => {
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  for (const wrong of [undefined, '', 7, 'AAAA', signature.slice(4)]) expect(isSigned(part, wrong, key)).toBe(false);
  for (const wrong of [other, '', 'AAAA']) expect(isSigned(part, signature, wrong)).toBe(false);
});
