import { AppError } from '../../base/errors.ts';

/** An unsigned number of 8 bytes, little-endian. Throws `protocol` beyond 2^53, where numbers lose their last digits. */
export function readU64(bytes: Uint8Array, at: number): number {
  const low = readU32(bytes, at);
  const high = readU32(bytes, at + 4);
  if (high >= 1 << 21) throw new AppError('protocol', 'A size in the backup is larger than 8 PiB, which cannot be.');
  return high * 2 ** 32 + low;
}

export function readU32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
}

export function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
