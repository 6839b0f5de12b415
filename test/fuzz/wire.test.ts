import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { creditFrame, creditOf, dataFrame, emptyFrame, frameType, jsonFrame, jsonOf } from '../../shared/wire/frame.ts';
import { numberOf, payloadOf, typeOf } from '../../shared/wire/frame.ts';
import { createMemoryLinkPair } from '../../shared/wire/memoryLink.ts';
import { FakeClock, settle } from '../fakes/fakeClock.ts';
import { concat, firstWrong, patternBytes } from '../support/bytes.ts';
import { consoleParams, joinPeers } from '../support/peers.ts';
import { Recorder } from '../support/recorder.ts';

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('frames', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(u32, u32, fc.uint8Array({ maxLength: 500 }), fc.jsonValue(), (number, bytes, chunk, value) => {
        const data = dataFrame(number, chunk);
        expect([typeOf(data), numberOf(data), ...payloadOf(data)]).toEqual([frameType.data, number, ...chunk]);
        const credit = creditFrame(number, bytes);
        expect([typeOf(credit), numberOf(credit), creditOf(credit)]).toEqual([frameType.credit, number, bytes]);
        const json = jsonFrame(frameType.open, number, value);
        expect([typeOf(json), numberOf(json)]).toEqual([frameType.open, number]);
        expect(JSON.stringify(jsonOf(json))).toBe(JSON.stringify(value));
        expect(typeOf(emptyFrame(frameType.end, number))).toBe(frameType.end);
      }),
    );
  });

  it('are recognised or refused, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const type = typeOf(bytes);
        if (type === undefined) return;
        expect(bytes.length).toBeGreaterThanOrEqual(5);
        expect(type).toBe(bytes[0]);
        expect(numberOf(bytes)).toBe(new DataView(bytes.buffer, bytes.byteOffset).getUint32(1));
      }),
    );
  });
});

/** Garbage that looks like frames: known types, small numbers, and payloads that are nearly right. */
const nearlyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc
    .tuple(fc.integer({ min: 0, max: 14 }), fc.nat(4), fc.uint8Array({ maxLength: 8 }))
    .map(([type, number, payload]) => concat([Uint8Array.of(type, 0, 0, 0, number), payload])),
  fc
    .tuple(
      fc.constantFrom(frameType.call, frameType.open, frameType.close, frameType.event, frameType.result),
      fc.nat(4),
      fc.oneof(
        fc.jsonValue(),
        fc.record({ kind: fc.constantFrom('console', 'task.log', 'failed', 'ended'), params: fc.jsonValue() }),
        fc.record({ method: fc.constantFrom('app.hello', 'task.stop', '__proto__'), params: fc.jsonValue() }),
      ),
    )
    .map(([type, number, value]) => jsonFrame(type, number, value)),
);

describe('both peers', () => {
  it.each(['page', 'engine'] as const)(
    'survive any garbage sent to the %s and close only what it names',
    async (to) => {
      await fc.assert(
        fc.asyncProperty(fc.array(nearlyFrame, { maxLength: 60 }), async (frames) => {
          const [a, b] = createMemoryLinkPair();
          const { page, engine, opened } = joinPeers({ a, b }, { clock: new FakeClock() });
          for (let n = 0; n < 5; n++) page.open('console', consoleParams); // numbers 1 to 5
          await settle();
          const atPage = new Recorder(page.open('console', consoleParams)); // 6: never named
          await settle();
          const atEngine = new Recorder(opened.find(({ channel }) => channel.number === 6)!.channel);
          atPage.duplex.start();
          atEngine.duplex.start();
          for (const frame of frames) (to === 'page' ? b : a).send(frame.slice());
          await settle();
          const named = frames.some(
            (frame) => (frame[1] ?? 0) + (frame[2] ?? 0) + (frame[3] ?? 0) > 0 || frame[4] === 6,
          );
          if (!named) {
            atEngine.duplex.write(patternBytes(100));
            await settle();
            expect([atPage.bytes, atPage.isClosed]).toEqual([100, false]);
          }
          page.close();
          engine.close();
          await settle();
        }),
        { numRuns: 80 },
      );
    },
  );

  it('deliver every byte of many channels in order for every course of writes and acknowledgements', async () => {
    const move = fc.record({
      channel: fc.nat(2),
      isDown: fc.boolean(),
      write: fc.oneof(fc.nat(10), fc.nat(200_000)),
      isConsuming: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 40 }), async (moves) => {
        const [a, b] = createMemoryLinkPair();
        const { page, engine, opened } = joinPeers({ a, b }, { clock: new FakeClock() });
        const channels = [0, 1, 2].map(() => page.open('console', consoleParams));
        await settle();
        const lanes = channels.flatMap((channel, n) => {
          const up = { from: channel, to: new Recorder(opened[n]!.channel, { isHolding: true }), sent: 0 };
          const down = { from: opened[n]!.channel, to: new Recorder(channel, { isHolding: true }), sent: 0 };
          return [up, down];
        });
        for (const { to } of lanes) to.duplex.start();
        for (const { channel, isDown, write, isConsuming } of moves) {
          const lane = lanes[channel * 2 + (isDown ? 1 : 0)]!;
          lane.from.write(patternBytes(lane.sent + write).subarray(lane.sent));
          lane.sent += write;
          await settle();
          expect(lane.to.duplex.unconsumedBytes).toBeLessThanOrEqual(isDown ? 512 << 10 : 64 << 10);
          if (isConsuming) lane.to.consumeHeld();
        }
        for (const { to } of lanes) to.release();
        for (const { from } of lanes) from.end();
        await settle();
        for (const { to, sent } of lanes) {
          expect([to.bytes, firstWrong(to.received, 0)]).toEqual([sent, -1]);
          expect(to.reasons).toEqual([{ kind: 'ended' }]);
        }
        page.close();
        engine.close();
      }),
      { numRuns: 40 },
    );
  });
});
