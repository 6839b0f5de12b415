import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { BrowserWindow, Rectangle } from 'electron';
import { screen } from 'electron';
import * as z from 'zod/mini';

import { systemClock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';

const SAVE_AFTER_MS = 500; // a drag moves the window some 60 times a second
const MIN_VISIBLE_PX = 100; // of a remembered window on a screen that is there now

const state = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().check(z.gte(1)),
  height: z.int().check(z.gte(1)),
  isMaximized: z.boolean(),
});
export type WindowState = z.infer<typeof state>;

/** Where the window was, unless there is no such file or the screen it was on is gone. */
export function loadWindowState(path: string): WindowState | undefined {
  try {
    const parsed = z.parse(state, JSON.parse(readFileSync(path, 'utf8')));
    return isOnSomeScreen(parsed) ? parsed : undefined;
  } catch {
    return undefined; // none yet, or not ours: the window opens where the system puts it
  }
}

function isOnSomeScreen(bounds: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const width = Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x);
    const height = Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y);
    return width >= MIN_VISIBLE_PX && height >= MIN_VISIBLE_PX;
  });
}

/** Writes the window's place to a file a moment after it changed, and when it closes. */
export function keepWindowState(window: BrowserWindow, path: string): void {
  let timer: Disposable | undefined;
  const save = () => {
    timer?.dispose();
    if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return;
    const { x, y, width, height } = window.getNormalBounds();
    writeFileSync(`${path}.new`, JSON.stringify({ x, y, width, height, isMaximized: window.isMaximized() }));
    renameSync(`${path}.new`, path);
  };
  const saveSoon = () => {
    timer?.dispose();
    timer = systemClock.timer(SAVE_AFTER_MS, save);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('maximize', saveSoon);
  window.on('unmaximize', saveSoon);
  window.on('close', save);
}
