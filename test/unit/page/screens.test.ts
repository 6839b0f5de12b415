import { expect, it } from 'vitest';

import { type ScreenPlace, unionOf } from '../../../renderer/state/screens.ts';
import {
  consoleWindowFeatures,
  consoleWindowKey,
  consoleWindowName,
  consoleWindowText,
  isSpanningWindow,
} from '../../../shared/wire/consoleWindow.ts';

const screen = (left: number, top: number, width: number, height: number): ScreenPlace => ({
  name: 'one',
  left,
  top,
  width,
  height,
  isCurrent: false,
});

it('all displays together are covered from the leftmost and topmost on', () => {
  const union = unionOf([screen(0, 0, 1440, 900), screen(-1920, -100, 1920, 1080), screen(1440, 200, 800, 1280)]);
  expect(union).toEqual({ x: -1920, y: -100, width: 4160, height: 1580 });
  expect(consoleWindowFeatures(consoleWindowText(union))).toEqual({ ...union, isPlaced: true });
});

it('only a window over all displays is told from the others, and places are remembered by the console', () => {
  const name = consoleWindowName('north|qemu/100|vnc', false);
  expect(isSpanningWindow(name)).toBe(false);
  expect(consoleWindowKey(name)).toBe('console north|qemu/100|vnc');
  expect(isSpanningWindow(consoleWindowName('north|qemu/100|vnc', true))).toBe(true);
});
