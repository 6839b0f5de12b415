import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FrameDecoder, opcodes } from '../../electron/engine/net/frameDecoder.ts';
import { wholeFrame } from '../../electron/engine/net/frameEncoder.ts';
import { HeadCollector } from '../../electron/engine/net/httpHead.ts';
import { applyMask } from '../../electron/engine/net/mask.ts';
import { PayloadLedger } from '../../electron/engine/net/payloadLedger.ts';
import { AppError } from '../../shared/base/errors.ts';
import { concat } from '../support/bytes.ts';

const runs = { numRuns: 500 };
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

/** The same bytes in pieces, each a buffer of its own at an odd place. */
function pieces(whole: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0, n = 0; at < whole.length; n += 1) {
    const size = Math.max(1, sizes[n % Math.max(1, sizes.length)] ?? whole.length);
    const part = whole.subarray(at, at + size);
    const offset = n % 5;
    const place = new Uint8Array(part.length + offset);
    place.set(part, offset);
    parts.push(place.subarray(offset));
    at += size;
  }
  return parts;
}

function decode(parts: readonly Uint8Array[], isMasked: boolean) {
  const payload: Uint8Array[] = [];
  const control: string[] = [];
  const handlers = {
    onPayload: (chunk: Uint8Array) => payload.push(chunk.slice()),
    onControl: (opcode: number, body: Uint8Array) => control.push(`${opcode} ${Buffer.from(body).toString('hex')}`),
  };
  const decoder = new FrameDecoder({ isMasked, place: 'the peer' }, handlers);
  for (const part of parts) decoder.push(part);
  return { payload: concat(payload), control, decoder };
}

const frames = fc.array(fc.record({ payload: bytes(5000), ping: fc.option(bytes(125)), mask: fc.integer() }), {
  maxLength: 12,
});

describe('the WebSocket decoder', () => {
  it('gives the same bytes however the wire is cut', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.nat(3000), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (sent, sizes, isMasked) => {
          const wire = concat(
            sent.flatMap(({ payload, ping, mask }) => [
              wholeFrame(opcodes.binary, payload, isMasked ? mask : undefined),
              ...(ping ? [wholeFrame(opcodes.ping, ping, isMasked ? mask : undefined)] : []),
            ]),
          );
          const { payload, control, decoder } = decode(pieces(wire, sizes), isMasked);
          expect(Buffer.compare(payload, concat(sent.map((frame) => frame.payload)))).toBe(0);
          const pings = sent.flatMap(({ ping }) => (ping ? [`9 ${Buffer.from(ping).toString('hex')}`] : []));
          expect(control).toEqual(pings);
          expect(decoder.isAtBoundary).toBe(true);
        },
      ),
      runs,
    );
  });

  it('answers garbage with `protocol` or takes it for frames, and never makes bytes up', () => {
    fc.assert(
      fc.property(bytes(3000), fc.array(fc.nat(40), { minLength: 1 }), fc.boolean(), (wire, sizes, isMasked) => {
        try {
          const { payload, control } = decode(pieces(wire, sizes), isMasked);
          expect(payload.length + control.length).toBeLessThanOrEqual(wire.length);
        } catch (error) {
          expect((error as AppError).code).toBe('protocol');
        }
      }),
      runs,
    );
  });
});

describe('the mask', () => {
  it('is the one of RFC 6455 at every alignment and phase', () => {
    fc.assert(
      fc.property(bytes(200), fc.integer(), fc.nat(7), fc.nat(3), (plain, mask, offset, phase) => {
        const place = new Uint8Array(plain.length + offset);
        place.set(plain, offset);
        const view = place.subarray(offset);
        applyMask(view, mask, phase);
        const key = [mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255];
        const expected = plain.map((byte, at) => byte ^ (key[(at + phase) & 3] ?? 0));
        expect(Buffer.compare(view, expected)).toBe(0);
      }),
      runs,
    );
  });
});

describe('the collector of HTTP heads', () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
  const value = fc.stringMatching(/^[!-~]{1,30}$/);

  it('reads the same head however it is cut, and not a byte more', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(token, value), { maxLength: 20 }), bytes(100), sizes, (fields, rest, cuts) => {
        const text = `HTTP/1.1 101 Fine\r\n${fields.map(([name, of]) => `${name}: ${of}\r\n`).join('')}\r\n`;
        const collector = new HeadCollector('the peer');
        let used = 0;
        for (const part of pieces(concat([Buffer.from(text), rest]), cuts)) {
          const found = collector.push(part);
          used += found?.usedBytes ?? part.length;
          if (!found) continue;
          expect(found.head.firstLine).toBe('HTTP/1.1 101 Fine');
          for (const [name, of] of fields) expect(found.head.fields.get(name.toLowerCase())?.split(', ')).toContain(of);
          break;
        }
        expect(used).toBe(text.length);
      }),
      runs,
    );
  });

  it('answers garbage with `protocol`, and keeps no more than its limit of it', () => {
    fc.assert(
      fc.property(bytes(3000), fc.integer({ min: 1, max: 40 }), (wire, times) => {
        const collector = new HeadCollector('the peer');
        try {
          for (let n = 0; n < times; n += 1) if (collector.push(wire)) return;
          expect(times * wire.length).toBeLessThanOrEqual(17 << 10);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe('protocol');
        }
      }),
      runs,
    );
  });
});

describe('the payload ledger', () => {
  it('acknowledges every byte of the wire once, none before its payload, whatever the order of events', () => {
    const chunk = fc.record({ payload: fc.nat(9000), overhead: fc.nat(60), early: fc.nat(9000), late: fc.nat(20_000) });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 40 }), (chunks) => {
        const ledger = new PayloadLedger();
        let wire = 0;
        let acknowledged = 0;
        let payload = 0;
        let consumed = 0;
        const consume = (most: number) => {
          const part = Math.min(most, ledger.payloadBytes);
          consumed += part;
          acknowledged += ledger.consume(part);
        };
        for (const { payload: size, overhead, early, late } of chunks) {
          wire += size + overhead;
          ledger.begin(size + overhead);
          ledger.add(size);
          payload += size;
          consume(early);
          acknowledged += ledger.finish();
          consume(late);
          expect(acknowledged).toBeLessThanOrEqual(wire);
          expect(wire - acknowledged).toBeGreaterThanOrEqual(payload - consumed);
        }
        consume(Number.MAX_SAFE_INTEGER);
        expect([acknowledged, consumed]).toEqual([wire, payload]);
      }),
      runs,
    );
  });
});
