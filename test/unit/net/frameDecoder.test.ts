import { describe, expect, it } from 'vitest';

import { FrameDecoder, opcodes } from '../../../electron/engine/net/frameDecoder.ts';
import { wholeFrame } from '../../../electron/engine/net/frameEncoder.ts';

const FRAME_BYTES = 64 << 10;

function frameOf(value: number): Uint8Array {
  return wholeFrame(opcodes.binary, new Uint8Array(FRAME_BYTES).fill(value), 0x5a17c388);
}

describe('the frames of one read', () => {
  it('are handed on as one piece in place, so that a big read stays one big write', () => {
    const delivered: Uint8Array[] = [];
    const wire = new Uint8Array(Buffer.concat([1, 2, 3, 4].map(frameOf)));
    const decoder = new FrameDecoder(
      { isMasked: true, place: 'the peer' },
      { onPayload: (bytes) => delivered.push(bytes), onControl: () => undefined },
    );
    decoder.push(wire);
    expect(delivered.map(({ length }) => length)).toEqual([4 * FRAME_BYTES]);
    const [piece] = delivered;
    expect(piece?.buffer).toBe(wire.buffer);
    for (const n of [0, 1, 2, 3]) expect(piece?.[n * FRAME_BYTES], `start of frame ${n}`).toBe(n + 1);
    for (const n of [1, 2, 3, 4]) expect(piece?.[n * FRAME_BYTES - 1], `end of frame ${n}`).toBe(n);
  });

  it('are cut by a control frame, which is told in its place', () => {
    const told: string[] = [];
    const decoder = new FrameDecoder(
      { isMasked: true, place: 'the peer' },
      { onPayload: ({ length }) => told.push(`${length}`), onControl: (opcode) => told.push(`control ${opcode}`) },
    );
    decoder.push(Buffer.concat([frameOf(1), wholeFrame(opcodes.ping, new Uint8Array(2), 7), frameOf(2)]));
    expect(told).toEqual([`${FRAME_BYTES}`, `control ${opcodes.ping}`, `${FRAME_BYTES}`]);
  });
});
