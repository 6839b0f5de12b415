import { describe, expect, it } from 'vitest';

import { ByteReader } from '../../../shared/flow/byteReader.ts';
import { ByteWriter } from '../../../shared/flow/byteWriter.ts';
import { patternBytes } from '../../support/bytes.ts';

const reader = (maxBytes = 1000) => new ByteReader({ maxBytes });

describe('ByteReader', () => {
  it('gives what is asked whole, or nothing and stays where it was', () => {
    const bytes = reader();
    bytes.push(Uint8Array.of(1, 2, 3));
    expect([bytes.u32(), bytes.take(4), bytes.skip(4), bytes.availableBytes]).toEqual([undefined, undefined, false, 3]);
    expect([bytes.u16(), bytes.u16(), bytes.u8(), bytes.u8()]).toEqual([0x0102, undefined, 3, undefined]);
  });

  it('reads numbers of both byte orders', () => {
    const bytes = reader();
    const writer = new ByteWriter(1);
    writer.u8(255).u16(0xfedc).u32(0xfedcba98).i32(-2).u16le(0x1234).u32le(0x89abcdef).utf8('é').zeros(2);
    bytes.push(writer.finish());
    expect([bytes.u8(), bytes.u16(), bytes.u32(), bytes.i32()]).toEqual([255, 0xfedc, 0xfedcba98, -2]);
    expect([bytes.u16le(), bytes.u32le(), ...bytes.takeAll()]).toEqual([0x1234, 0x89abcdef, 0xc3, 0xa9, 0, 0]);
  });

  it('copies nothing of a chunk that is read whole', () => {
    const chunk = patternBytes(100);
    const bytes = reader();
    bytes.push(chunk);
    expect(bytes.take(60)?.buffer).toBe(chunk.buffer);
    expect(bytes.peek(40)?.buffer).toBe(chunk.buffer);
  });

  it('keeps the rest when the chunk is reused', () => {
    const bytes = reader();
    const chunk = patternBytes(10);
    bytes.push(chunk);
    bytes.skip(4);
    bytes.keep();
    chunk.fill(0xff);
    bytes.push(patternBytes(20).subarray(10));
    expect(bytes.take(16)).toEqual(patternBytes(20).subarray(4));
  });

  it('refuses an unfinished unit larger than its bound', () => {
    const bytes = reader(100);
    for (let n = 0; n < 10; n++) {
      bytes.push(patternBytes(10));
      bytes.keep();
    }
    bytes.push(patternBytes(1));
    expect(() => bytes.keep()).toThrow('larger than');
  });

  it('takes chunks of any size when they are read, whatever the bound', () => {
    const bytes = reader(10);
    bytes.push(patternBytes(100_000));
    bytes.skip(99_995);
    bytes.keep();
    expect(bytes.availableBytes).toBe(5);
  });

  it('finds a byte', () => {
    const bytes = reader();
    bytes.push(Uint8Array.of(1, 10, 10));
    expect(bytes.indexOf(10)).toBe(1);
    bytes.skip(2);
    expect([bytes.indexOf(10), bytes.indexOf(7)]).toEqual([0, -1]);
  });
});

describe('ByteWriter', () => {
  it('gives each message to its caller and starts anew', () => {
    const writer = new ByteWriter(8);
    const first = writer.bytes(patternBytes(8)).finish();
    const second = writer.u8(9).finish();
    writer.bytes(new Uint8Array(100).fill(7));
    expect([first, second, writer.length]).toEqual([patternBytes(8), Uint8Array.of(9), 100]);
  });
});
