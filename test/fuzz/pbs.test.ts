import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AppError } from '../../shared/base/errors.ts';
import { blobForms, blobHeaderBytes, parseBlob } from '../../shared/codec/pbs/blob.ts';
import { type ChunkIndex, dynamicMagic, fixedMagic, MAX_CHUNK_BYTES } from '../../shared/codec/pbs/chunkIndex.ts';
import { IndexParser } from '../../shared/codec/pbs/indexParser.ts';
import { parseKeyFile } from '../../shared/codec/pbs/keyFile.ts';
import { canonicalJson, parseManifest } from '../../shared/codec/pbs/manifest.ts';

const runs = { numRuns: 300 };

/** The result, or the code of the error: nothing else may come out of a parser. */
function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).code;
  }
}

function fixedFile(sizeBytes: number, chunkBytes: number, digests: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4096);
  head.set(fixedMagic, 0);
  head.writeBigUInt64LE(BigInt(sizeBytes), 64);
  head.writeBigUInt64LE(BigInt(chunkBytes), 72);
  return Buffer.concat([head, digests]);
}

function dynamicFile(ends: readonly number[]): Uint8Array {
  const head = Buffer.alloc(4096);
  head.set(dynamicMagic, 0);
  const entries = ends.map((end) => {
    const entry = Buffer.alloc(40, end & 0xff);
    entry.writeBigUInt64LE(BigInt(end), 0);
    return entry;
  });
  return Buffer.concat([head, ...entries]);
}

function parse(file: Uint8Array, pieceBytes: number): ChunkIndex {
  const parser = new IndexParser();
  for (let at = 0; at < file.length; at += pieceBytes) parser.push(file.subarray(at, at + pieceBytes));
  return parser.finish();
}

const described = (index: ChunkIndex) => ({
  sizeBytes: index.sizeBytes,
  ranges: Array.from({ length: index.chunkCount }, (_, n) => [index.start(n), index.end(n), hex(index.digest(n))]),
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('an index of chunks', () => {
  it('reads the same in one piece, in pieces of any size and one byte at a time', () => {
    const chunkBytes = fc.constantFrom(4096, 65_536, 4 << 20);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 << 20 }),
        chunkBytes,
        fc.integer({ min: 1, max: 9000 }),
        (size, chunk, n) => {
          const count = Math.min(2000, Math.ceil(size / chunk));
          const sizeBytes = count * chunk - (count > 0 ? (size % chunk) % chunk : 0);
          const digests = createHash('shake256', { outputLength: Math.max(1, count * 32) })
            .update(`${size}`)
            .digest();
          const file = fixedFile(sizeBytes, chunk, digests.subarray(0, count * 32));
          const whole = described(parse(file, file.length));
          expect(whole.sizeBytes).toBe(sizeBytes);
          expect(whole.ranges.at(-1)?.[1] ?? 0).toBe(sizeBytes);
          expect(described(parse(file, n))).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
    const small = fixedFile(10_000, 4096, new Uint8Array(96).fill(7));
    expect(described(parse(small, 1))).toEqual(described(parse(small, small.length)));
  });

  it('gives the chunks of a dynamic one in its order, without gaps', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 16 << 20 }), { maxLength: 50 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: 200 }), (parts, piece) => {
        let end = 0;
        const ends = parts.map((part) => (end += part));
        const index = parse(dynamicFile(ends), piece);
        expect(index.sizeBytes).toBe(end);
        expect(ends.map((_, n) => index.end(n) - index.start(n))).toEqual(parts);
      }),
      { numRuns: 60 },
    );
  });

  it('is refused when it runs backwards, is cut, is longer than it says, or has impossible chunks', () => {
    expect(outcome(() => parse(dynamicFile([100, 100]), 64))).toBe('protocol');
    expect(outcome(() => parse(dynamicFile([200, 100]), 64))).toBe('protocol');
    expect(outcome(() => parse(dynamicFile([MAX_CHUNK_BYTES + 1]), 64))).toBe('protocol');
    expect(outcome(() => parse(fixedFile(8192, 4096, new Uint8Array(63)), 64))).toBe('protocol');
    expect(outcome(() => parse(fixedFile(8192, 4096, new Uint8Array(96)), 64))).toBe('protocol');
    expect(outcome(() => parse(fixedFile(8192, 1, new Uint8Array(64)), 64))).toBe('protocol');
    expect(outcome(() => parse(fixedFile(2 ** 52, 4096, new Uint8Array(0)), 64))).toBe('limit');
    expect(outcome(() => parse(new Uint8Array(5000), 64))).toBe('protocol');
    expect(outcome(() => parse(new Uint8Array(0), 64))).toBe('protocol');
  });

  it('never throws anything but what is listed, whatever it is fed', () => {
    const magic = fc.constantFrom(fixedMagic, dynamicMagic, [1, 2, 3]);
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 300 }), (mark, head, rest) => {
        const file = Buffer.alloc(4096 + rest.length);
        file.set(head, 8);
        file.set(mark, 0);
        file.set(rest, 4096);
        const whole = outcome(() => described(parse(file, file.length)));
        expect(outcome(() => described(parse(file, 7)))).toEqual(whole);
      }),
      runs,
    );
  });
});

describe('a blob', () => {
  it('is taken apart or refused, and its header is asked for until it is there', () => {
    const form = fc.constantFrom(...Object.values(blobForms));
    fc.assert(
      fc.property(form, fc.uint8Array({ maxLength: 100 }), ({ magic, isEncrypted }, rest) => {
        const bytes = Uint8Array.from([...magic, ...rest]);
        const headerBytes = isEncrypted ? 44 : 12;
        for (let n = 0; n < 8; n += 1) expect(blobHeaderBytes(bytes.subarray(0, n))).toBeUndefined();
        expect(blobHeaderBytes(bytes)).toBe(headerBytes);
        const blob = outcome(() => parseBlob(bytes));
        if (typeof blob === 'string') {
          expect(bytes.length).toBeLessThan(headerBytes);
          return;
        }
        expect(blob.payload.length).toBe(bytes.length - headerBytes);
        expect(blob.isEncrypted).toBe(isEncrypted);
      }),
      runs,
    );
  });

  it('of unknown mark is refused with its first wrong byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 60 }), (bytes) => {
        expect(outcome(() => parseBlob(bytes))).toBe('protocol');
      }),
      runs,
    );
    expect(outcome(() => blobHeaderBytes(Uint8Array.of(0x42, 0xac)))).toBe('protocol');
  });

  it('has marks that are the first bytes of hashes, as the server makes them', () => {
    const mark = (text: string) => [...createHash('sha256').update(text).digest().subarray(0, 8)];
    expect(mark('Proxmox Backup zstd compressed blob v1.0')).toEqual(blobForms.zstd.magic);
  });
});

describe('texts', () => {
  it('are parsed or refused, and a manifest is signed the same whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        outcome(() => parseManifest(text));
        outcome(() => parseKeyFile(text));
      }),
      runs,
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const other = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(other)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      runs,
    );
  });
});
