import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Canvas } from '../../../../electron/lab/guests/desktop/canvas.ts';
import { intersection, moved, type Rect } from '../../../../electron/lab/guests/desktop/rect.ts';
import { Region } from '../../../../electron/lab/guests/desktop/region.ts';
import { PendingUpdate } from '../../../../electron/lab/guests/rfb/pendingUpdate.ts';

const SIZE = 24;
const bounds = { x: 0, y: 0, width: SIZE, height: SIZE };
const rect = fc.record({
  x: fc.integer({ min: 0, max: SIZE - 1 }),
  y: fc.integer({ min: 0, max: SIZE - 1 }),
  width: fc.integer({ min: 1, max: 10 }),
  height: fc.integer({ min: 1, max: 10 }),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('paint' as const), rect }),
  fc.record({
    kind: fc.constant('move' as const),
    rect,
    dx: fc.integer({ min: -6, max: 6 }),
    dy: fc.integer({ min: -6, max: 6 }),
  }),
  fc.record({
    kind: fc.constant('chase' as const),
    dx: fc.integer({ min: -6, max: 6 }),
    dy: fc.integer({ min: -6, max: 6 }),
  }),
  fc.record({ kind: fc.constant('send' as const), wanted: rect }),
  fc.record({ kind: fc.constant('send-all' as const) }),
);

/** Copies a rectangle within a picture; what falls outside is lost. */
function copyWithin(canvas: Canvas, from: Rect, dx: number, dy: number): void {
  const before = canvas.pixels.slice();
  for (let y = from.y; y < from.y + from.height; y++)
    for (let x = from.x; x < from.x + from.width; x++) {
      const inside = [x, x + dx].every((at) => at >= 0 && at < SIZE) && [y, y + dy].every((at) => at >= 0 && at < SIZE);
      if (inside) canvas.pixels[(y + dy) * SIZE + x + dx] = before[y * SIZE + x] ?? 0;
    }
}

describe('what a viewer has not seen yet', () => {
  it('brings any viewer to the server’s picture, whatever was painted, moved and sent in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const server = new Canvas(SIZE, SIZE);
        const viewer = new Canvas(SIZE, SIZE);
        const pending = new PendingUpdate();
        let colour = 1;
        let last: Rect | undefined;
        const send = (wanted: Rect) => {
          const { move, rects } = pending.take(wanted);
          if (move) copyWithin(viewer, move.from, move.dx, move.dy);
          for (const part of rects) viewer.within(part, () => viewer.copyFrom(server));
        };
        for (const action of steps) {
          if (action.kind === 'paint') {
            const painted = intersection(action.rect, bounds);
            server.fill(painted, colour++);
            pending.paint(painted);
          } else if (action.kind === 'send') send(action.wanted);
          else if (action.kind === 'send-all') send(bounds);
          else {
            const from: Rect | undefined = action.kind === 'move' ? action.rect : last;
            if (!from) continue;
            copyWithin(server, from, action.dx, action.dy);
            pending.move({ from, dx: action.dx, dy: action.dy }, bounds);
            last = moved(from, action.dx, action.dy);
          }
        }
        send(bounds);
        expect(pending.isEmpty).toBe(true);
        expect([...viewer.pixels]).toEqual([...server.pixels]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a region', () => {
  it('covers what was added and not taken away, without overlaps', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ rect, isAdded: fc.boolean() }), { maxLength: 12 }), (changes) => {
        const region = new Region();
        const expected = new Uint8Array(SIZE * SIZE * 4);
        const mark = (target: Uint8Array, { x, y, width, height }: Rect, value: number, add = false) => {
          for (let row = y; row < y + height; row++)
            for (let column = x; column < x + width; column++) {
              const at = row * SIZE * 2 + column;
              target[at] = add ? (target[at] ?? 0) + value : value;
            }
        };
        for (const change of changes) {
          if (change.isAdded) region.add(change.rect);
          else region.subtract(change.rect);
          mark(expected, change.rect, change.isAdded ? 1 : 0);
        }
        const actual = new Uint8Array(SIZE * SIZE * 4);
        for (const piece of region.pieces) mark(actual, piece, 1, true);
        expect(Math.max(...actual)).toBeLessThanOrEqual(1);
        for (const [at, value] of expected.entries()) if (value === 1) expect(actual[at]).toBe(1);
      }),
    );
  });

  it('becomes its bounds rather than a list without end', () => {
    const region = new Region();
    for (let i = 0; i < 200; i++) region.add({ x: i * 3, y: (i % 7) * 3, width: 1, height: 1 });
    expect(region.pieces.length).toBeLessThanOrEqual(24);
    expect(region.partsIn({ x: 597, y: 9, width: 1, height: 1 })).toHaveLength(1);
  });
});
