/** Bytes that tell their own place, so that a lost or doubled one is seen. `seed` makes streams differ. */
export function patternBytes(length: number, seed = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = patternByte(at, seed);
  return bytes;
}

export function patternByte(at: number, seed = 0): number {
  return (at ^ (at >>> 8) ^ (at >>> 16) ^ (at >>> 24) ^ seed) & 0xff;
}

/** Where the bytes, which start at place `from` of the stream, leave the pattern; -1: nowhere. */
export function firstWrong(bytes: Uint8Array, from: number, seed = 0): number {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== patternByte(from + at, seed)) return from + at;
  return -1;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
