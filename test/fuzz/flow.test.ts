import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Budget } from '../../shared/flow/budget.ts';
import { ByteReader } from '../../shared/flow/byteReader.ts';
import { splice } from '../../shared/flow/splice.ts';
import { FakeClock } from '../fakes/fakeClock.ts';
import { FakeDuplex } from '../fakes/fakeDuplex.ts';
import { concat, firstWrong, patternByte, patternBytes } from '../support/bytes.ts';

/** Cuts 0..length at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, n) => bytes.slice(sorted[n], end));
}

describe('ByteReader', () => {
  it('reads the same units however the stream is cut', () => {
    const lengths = fc.array(fc.nat(300), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(), { maxLength: 60 }), fc.boolean(), (sizes, places, isOverwritten) => {
        const stream = concat(sizes.map((size, n) => concat([Uint8Array.of(size >> 8, size), patternBytes(size, n)])));
        const reader = new ByteReader({ maxBytes: 400 });
        const units: Uint8Array[] = [];
        for (const chunk of cut(stream, places)) {
          reader.push(chunk);
          for (let unit = takeUnit(reader); unit; unit = takeUnit(reader)) units.push(unit.slice());
          reader.keep();
          if (isOverwritten) chunk.fill(0xee);
        }
        expect(units.map((unit) => unit.length)).toEqual(sizes);
        expect(units.map((unit, n) => firstWrong(unit, 0, n))).toEqual(sizes.map(() => -1));
        expect(reader.availableBytes).toBe(0);
      }),
    );
  });
});

function takeUnit(reader: ByteReader): Uint8Array | undefined {
  const head = reader.peek(2);
  if (!head) return undefined;
  const size = (head[0]! << 8) | head[1]!;
  if (!reader.has(2 + size)) return undefined;
  reader.skip(2);
  return reader.take(size);
}

type Step = { readonly kind: 'deliver'; readonly bytes: number } | { readonly kind: 'accept'; readonly writes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('deliver' as const), bytes: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.nat(40_000)) }),
  fc.record({ kind: fc.constant('accept' as const), writes: fc.nat(30) }),
);

describe('splice', () => {
  it('delivers every byte in order for every course of events, and holds what its meter says', () => {
    const endings = fc.constantFrom('end', 'fail', 'close', 'end and close');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), endings, (steps, ending) => {
        const clock = new FakeClock();
        const a = new FakeDuplex({ label: 'a' });
        const b = new FakeDuplex({ label: 'b' });
        const pair = splice(a, b, { clock });
        let sent = 0;
        for (const { kind, ...how } of steps) {
          if (kind === 'accept') b.accept('writes' in how ? how.writes : 0);
          else if (!a.isPaused) {
            const bytes = 'bytes' in how ? how.bytes : 0;
            a.deliver(Uint8Array.from({ length: bytes }, (_, n) => patternByte(sent + n)));
            sent += bytes;
          }
          expect(pair.up.heldBytes).toBe(sent - b.acceptedBytes);
          expect(pair.up.bytes).toBe(b.acceptedBytes);
        }
        if (ending === 'fail') a.fail();
        else if (ending === 'close') pair.close(1000);
        else a.deliverEnd();
        if (ending === 'end and close') a.finish({ kind: 'ended' });
        for (let n = 0; b.waiting.length > 0 && n < 10_000; n++) b.accept(1);
        expect(b.acceptedBytes).toBe(sent);
        expect(firstWrong(concat(b.accepted), 0)).toBe(-1);
        if (ending === 'end') expect([b.isEnded, b.isClosed]).toEqual([true, false]);
        else expect(b.isClosed).toBe(true);
        expect(clock.timerCount).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

describe('Budget', () => {
  it('never holds more than the whole, and keeps every minimum, for every course of events', () => {
    const move = fc.record({
      stream: fc.nat(19),
      what: fc.constantFrom('open', 'read', 'read', 'read', 'consume', 'consume', 'close'),
      bytes: fc.nat(1 << 17),
      isBulk: fc.boolean(),
    });
    const totalBytes = 1 << 20;
    const minBytes = 16 << 10;
    fc.assert(
      fc.property(fc.array(move, { maxLength: 500 }), (moves) => {
        const budget = new Budget(totalBytes);
        const windows = new Map<number, ReturnType<Budget['open']>>();
        for (const { stream, what, bytes, isBulk } of moves) {
          const window = windows.get(stream);
          if (what === 'open' && !window) {
            windows.set(
              stream,
              budget.open({ minBytes, wantedBytes: 1 << 18, weight: isBulk ? 'bulk' : 'interactive' }),
            );
          } else if (what === 'read') window?.received(Math.min(bytes, window.roomBytes));
          else if (what === 'consume') window?.consumed(Math.min(bytes, window.unconsumedBytes));
          else if (what === 'close') {
            window?.dispose();
            windows.delete(stream);
          }
          let held = 0;
          for (const open of windows.values()) {
            held += open?.unconsumedBytes ?? 0;
            if (open) expect(open.highBytes).toBeGreaterThanOrEqual(minBytes);
            if (open?.isPaused) expect(open.unconsumedBytes).toBeGreaterThan(0);
          }
          expect(budget.heldBytes).toBe(held);
          expect(held).toBeLessThanOrEqual(totalBytes);
        }
      }),
    );
  });
});
