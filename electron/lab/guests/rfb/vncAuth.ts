import { createCipheriv, timingSafeEqual } from 'node:crypto';

export const CHALLENGE_BYTES = 16;

/**
 * The answer that VNC authentication expects: DES of the challenge's two blocks under the password's first 8 bytes,
 * each with its bits in reverse order. Single DES is gone from OpenSSL 3; triple DES with three equal keys is the
 * same, and CBC of one block from zero equals ECB (which BoringSSL, as in Electron, does not name).
 */
export function vncResponse(password: string, challenge: Uint8Array): Buffer {
  const key = Buffer.alloc(8);
  Buffer.from(password, 'latin1').copy(key, 0, 0, 8);
  for (let i = 0; i < key.length; i++) key[i] = reversedBits(key[i] as number);
  const tripled = Buffer.concat([key, key, key]);
  const block = (from: number) => {
    const cipher = createCipheriv('des-ede3-cbc', tripled, Buffer.alloc(8)).setAutoPadding(false);
    return Buffer.concat([cipher.update(challenge.subarray(from, from + 8)), cipher.final()]);
  };
  return Buffer.concat([block(0), block(8)]);
}

export function isVncResponse(password: string, challenge: Uint8Array, response: Uint8Array): boolean {
  return response.length === CHALLENGE_BYTES && timingSafeEqual(vncResponse(password, challenge), response);
}

function reversedBits(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) result |= 0x80 >> bit;
  return result;
}
