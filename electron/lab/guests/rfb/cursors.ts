import type { Cursor } from './screen.ts';

// X dark, . light, blank see-through.
const arrow = [
  'X           ',
  'XX          ',
  'X.X         ',
  'X..X        ',
  'X...X       ',
  'X....X      ',
  'X.....X     ',
  'X......X    ',
  'X.......X   ',
  'X........X  ',
  'X.........X ',
  'X......XXXXX',
  'X...X..X    ',
  'X..XX..X    ',
  'X.X  X..X   ',
  'XX   X..X   ',
  'X     X..X  ',
  '      X..X  ',
  '       XX   ',
];
const beam = [
  'XXX XXX',
  'X..X..X',
  'XXX.XXX',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  '  X.X  ',
  'XXX.XXX',
  'X..X..X',
  'XXX XXX',
];
const hand = [
  '     XX         ',
  '    X..X        ',
  '    X..X        ',
  '    X..X        ',
  '    X..XXX      ',
  '    X..X..XXX   ',
  '    X..X..X..XX ',
  ' XX X..X..X..X.X',
  'X..XX........X.X',
  'X...X..........X',
  ' X.............X',
  '  X............X',
  '  X...........X ',
  '   X..........X ',
  '   X.........X  ',
  '    X........X  ',
  '    XXXXXXXXXX  ',
];
const move = [
  '       X       ',
  '      X.X      ',
  '     X...X     ',
  '    X.....X    ',
  '     XX.XX     ',
  '   X  X.X  X   ',
  '  X.X X.X X.X  ',
  ' X..XXX.XXX..X ',
  'X.............X',
  ' X..XXX.XXX..X ',
  '  X.X X.X X.X  ',
  '   X  X.X  X   ',
  '     XX.XX     ',
  '    X.....X    ',
  '     X...X     ',
  '      X.X      ',
  '       X       ',
];

function drawn(rows: readonly string[], hotX: number, hotY: number): Cursor {
  const width = rows[0]?.length ?? 0;
  const text = rows.join('');
  return {
    width,
    height: rows.length,
    hotX,
    hotY,
    pixels: Uint32Array.from(text, (mark) => (mark === '.' ? 0xffffff : 0x15181c)),
    mask: Uint8Array.from(text, (mark) => (mark === ' ' ? 0 : 1)),
  };
}

export const cursors = {
  arrow: drawn(arrow, 0, 0),
  beam: drawn(beam, 3, 7),
  hand: drawn(hand, 5, 0),
  move: drawn(move, 7, 8),
} as const;

export type CursorName = keyof typeof cursors;
