import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { BrowserWindow } from 'electron';
import { screen } from 'electron';
import * as z from 'zod/mini';

import { systemClock } from '../../shared/base/clock.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import { displaySetKey, type Place, type Places, places, visibleBounds, withPlace } from './places.ts';

const SAVE_AFTER_MS = 500; // a drag moves the window some 60 times a second
const SETTLE_MS = 800; // displays come and go one by one, and the system moves windows meanwhile

/** Remembers where windows are, apart for every set of displays, and brings them back when that set is there again. */
export class WindowPlaces {
  readonly #path: string;
  readonly #windows = new Map<BrowserWindow, string>();
  readonly #saves = new Map<BrowserWindow, Disposable>();
  #places: Places;
  #displaySet = displaySetKey(screen.getAllDisplays());
  #settling: Disposable | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#places = load(path);
    screen.on('display-added', this.#handleDisplays);
    screen.on('display-removed', this.#handleDisplays);
    screen.on('display-metrics-changed', this.#handleDisplays);
  }

  /** Where the window was last with the displays of now, visible in any case. */
  find(windowName: string): Place | undefined {
    const known = this.#places[this.#displaySet]?.[windowName] ?? this.#elsewhere(windowName);
    return known && { ...known, ...visibleBounds(known, screen.getAllDisplays()) };
  }

  /** Keeps the window's place from now on until it closes. */
  keep(window: BrowserWindow, windowName: string): void {
    this.#windows.set(window, windowName);
    const saveSoon = () => this.#saveSoon(window);
    for (const event of ['resize', 'move'] as const) window.on(event as 'resize', saveSoon);
    for (const event of ['maximize', 'unmaximize'] as const) window.on(event as 'maximize', saveSoon);
    for (const event of ['enter-full-screen', 'leave-full-screen'] as const) {
      window.on(event as 'enter-full-screen', saveSoon);
    }
    window.on('close', () => this.#save(window));
    window.once('closed', () => {
      this.#saves.get(window)?.dispose();
      this.#saves.delete(window);
      this.#windows.delete(window);
    });
  }

  /** With other displays than ever before: as it was with those that came last. */
  #elsewhere(windowName: string): Place | undefined {
    return Object.values(this.#places)
      .map((windows) => windows[windowName])
      .findLast((one) => one !== undefined);
  }

  #saveSoon(window: BrowserWindow): void {
    this.#saves.get(window)?.dispose();
    if (this.#settling) return; // what the system does to windows now is nobody's wish
    this.#saves.set(
      window,
      systemClock.timer(SAVE_AFTER_MS, () => this.#save(window)),
    );
  }

  #save(window: BrowserWindow): void {
    this.#saves.get(window)?.dispose();
    const name = this.#windows.get(window);
    if (name === undefined || window.isDestroyed() || window.isMinimized() || !window.isVisible()) return;
    const { x, y, width, height } = window.getNormalBounds();
    const isMaximized = window.isMaximized();
    const isFullScreen = window.isFullScreen();
    this.#places = withPlace(this.#places, this.#displaySet, name, { x, y, width, height, isMaximized, isFullScreen });
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#places));
    renameSync(`${this.#path}.new`, this.#path);
  }

  readonly #handleDisplays = (): void => {
    for (const save of this.#saves.values()) save.dispose();
    this.#settling?.dispose();
    this.#settling = systemClock.timer(SETTLE_MS, () => {
      this.#settling = undefined;
      this.#handleSettled();
    });
  };

  #handleSettled(): void {
    const displaySet = displaySetKey(screen.getAllDisplays());
    const isOther = displaySet !== this.#displaySet;
    this.#displaySet = displaySet;
    for (const [window, name] of this.#windows) {
      if (window.isDestroyed() || window.isFullScreen()) continue;
      const known = isOther ? this.#places[displaySet]?.[name] : undefined;
      bringTo(window, known);
    }
  }
}

/** To the remembered place, or else to where it can be seen. */
function bringTo(window: BrowserWindow, known: Place | undefined): void {
  const now = window.getNormalBounds();
  const wanted = visibleBounds(known ?? now, screen.getAllDisplays());
  const isThere = (['x', 'y', 'width', 'height'] as const).every((side) => wanted[side] === now[side]);
  const isMaximized = known?.isMaximized ?? window.isMaximized();
  if (isThere && isMaximized === window.isMaximized()) return;
  if (window.isMaximized()) window.unmaximize();
  window.setBounds({ x: wanted.x, y: wanted.y, width: wanted.width, height: wanted.height });
  if (isMaximized) window.maximize();
}

function load(path: string): Places {
  try {
    return z.parse(places, JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {}; // none yet, or not ours: windows open where the system puts them
  }
}
