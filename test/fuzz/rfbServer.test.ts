import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ClientMessageHandler } from '../../electron/lab/guests/rfb/clientMessages.ts';
import { clientMessage, type Parser, RfbViolation } from '../../electron/lab/guests/rfb/clientMessages.ts';
import { ParserFeed } from '../../electron/lab/guests/rfb/parserFeed.ts';

type Call = readonly [keyof ClientMessageHandler, ...unknown[]];

function recorder(): { calls: Call[]; handler: ClientMessageHandler } {
  const calls: Call[] = [];
  const record =
    (name: keyof ClientMessageHandler) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
    };
  const handler: ClientMessageHandler = {
    handlePixelFormat: record('handlePixelFormat'),
    handleEncodings: record('handleEncodings'),
    handleUpdateRequest: record('handleUpdateRequest'),
    handleKey: record('handleKey'),
    handlePointer: record('handlePointer'),
    handleCutText: record('handleCutText'),
    handleDesktopSize: record('handleDesktopSize'),
  };
  return { calls, handler };
}

function* forever(handler: ClientMessageHandler): Parser<void> {
  while (true) yield* clientMessage(handler);
}

/** What the parser makes of the chunks, and whether it gave up on them. */
function parsed(chunks: readonly Uint8Array[]): { calls: readonly Call[]; isViolation: boolean } {
  const { calls, handler } = recorder();
  const feed = new ParserFeed(forever(handler));
  try {
    for (const chunk of chunks) feed.push(Buffer.from(chunk));
    return { calls, isViolation: false };
  } catch (error) {
    if (!(error instanceof RfbViolation)) throw error;
    return { calls, isViolation: true };
  }
}

const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const message = fc.oneof(
  fc.tuple(u16, u16).map(([x, y]) => Buffer.from([5, 1, x >> 8, x & 255, y >> 8, y & 255])),
  u16.map((key) => Buffer.from([4, 1, 0, 0, 0, 0, key >> 8, key & 255])),
  fc.string({ maxLength: 60 }).map((text) => {
    const bytes = Buffer.from(text, 'latin1');
    return Buffer.concat([Buffer.from([6, 0, 0, 0, 0, 0, 0, bytes.length]), bytes]);
  }),
  fc.array(fc.integer({ min: -400, max: 30 }), { maxLength: 20 }).map((list) => {
    const bytes = Buffer.alloc(4 + list.length * 4);
    bytes[0] = 2;
    bytes.writeUInt16BE(list.length, 2);
    for (const [i, encoding] of list.entries()) bytes.writeInt32BE(encoding, 4 + i * 4);
    return bytes;
  }),
  fc.tuple(u16, u16, fc.integer({ min: 0, max: 3 })).map(([width, height, screens]) => {
    const bytes = Buffer.alloc(8 + screens * 16);
    bytes[0] = 251;
    bytes.writeUInt16BE(width, 2);
    bytes.writeUInt16BE(height, 4);
    bytes[6] = screens;
    return bytes;
  }),
);

describe('what viewers say to the embedded guest', () => {
  it('means the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 40 })), (messages, cuts) => {
        const all = Buffer.concat(messages);
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < all.length; i++) {
          const end = at + (cuts[i] ?? 1);
          pieces.push(all.subarray(at, end));
          at = end;
        }
        const whole = parsed([all]);
        expect(whole.isViolation).toBe(false);
        expect(whole.calls).toHaveLength(messages.length);
        expect(parsed(pieces)).toEqual(whole);
      }),
    );
  });

  it('is understood or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 }), (chunks) => {
        expect(() => parsed(chunks)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });

  it('never asks it to hold more than the clipboard’s bound', () => {
    fc.assert(
      fc.property(fc.tuple(u8, u8, u8, u8), (length) => {
        const { handler } = recorder();
        const parser = forever(handler);
        parser.next();
        parser.next(Buffer.of(6));
        const asked = parser.next(Buffer.from([0, 0, 0, ...length])).value;
        expect(asked).toBeLessThanOrEqual(1 << 20);
      }),
    );
  });
});
