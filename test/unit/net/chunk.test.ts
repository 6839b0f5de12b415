import { expect, it } from 'vitest';

import { copyOf, partOf } from '../../../electron/engine/net/chunk.ts';
import { patternBytes } from '../../support/bytes.ts';

it('is a Buffer to Node, and its slices are copies all the same', () => {
  const source = Buffer.from(patternBytes(100_000));
  for (const bytes of [1, 64, 128, 129, 4_000]) {
    for (const chunk of [copyOf(source, bytes), partOf(source, bytes)]) {
      expect(chunk).toBeInstanceOf(Buffer);
      expect(Buffer.compare(chunk, source.subarray(0, bytes))).toBe(0);
      for (const part of [chunk, chunk.subarray(0, 1), chunk.subarray(0, 1).subarray(0)]) {
        const copy = part.slice();
        copy[0] = 255;
        expect(part[0]).toBe(source[0]);
        expect(copy[0]).toBe(255);
      }
    }
  }
});

it('copies so that the source may be reused, and copies do not touch each other', () => {
  const source = Buffer.alloc(64);
  const copies = Array.from({ length: 5000 }, (_, n) => copyOf(source.fill(n & 255), 1 + (n % 64)));
  for (const [n, copy] of copies.entries())
    expect(copy.every((byte) => byte === (n & 255)) && copy.length).toBe(1 + (n % 64));
});
