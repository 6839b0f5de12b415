import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const STEP_S = 30;

export const encodeBase32 = (bytes: Uint8Array): string => {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text;
};

const decodeBase32 = (text: string): Buffer => {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    value = (value << 5) | ALPHABET.indexOf(letter);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
    value &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
};

/** The six digits of RFC 6238 (SHA-1, 30 s) that a person's phone shows at that time. `secret` is base32. */
export function totpCode(secret: string, nowS: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(nowS / STEP_S)));
  const sum = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const offset = (sum.at(-1) ?? 0) & 0x0f;
  return String((sum.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

/** One step early or late is accepted: phones' clocks differ. */
export const isTotpCode = (secret: string, code: string, nowS: number): boolean =>
  [-STEP_S, 0, STEP_S].some((shiftS) => totpCode(secret, nowS + shiftS) === code);
