import type { Canvas } from './canvas.ts';
import type { AppName } from './dock.ts';
import type { Pane } from './pane.ts';
import { intersection, isEmpty, type Rect } from './rect.ts';
import type { Look } from './theme.ts';
import { BAR_HEIGHT } from './topBar.ts';
import { Window } from './window.ts';

// So much of a window stays where it can be caught.
const MIN_VISIBLE = 48;

interface Entry {
  readonly app: AppName;
  readonly window: Window;
}

/** The open windows, back to front. Tells what has to be painted again. */
export class WindowStack {
  readonly #invalidate: (rect: Rect) => void;
  readonly #entries: Entry[] = [];

  constructor(invalidate: (rect: Rect) => void) {
    this.#invalidate = invalidate;
  }

  get all(): readonly Window[] {
    return this.#entries.map(({ window }) => window);
  }

  get front(): Window | undefined {
    return this.#entries.at(-1)?.window;
  }

  get apps(): ReadonlySet<AppName> {
    return new Set(this.#entries.map(({ app }) => app));
  }

  of(app: AppName): Window | undefined {
    return this.#entries.find((entry) => entry.app === app)?.window;
  }

  at(x: number, y: number): Window | undefined {
    return this.#entries.findLast(({ window }) => window.partAt(x, y))?.window;
  }

  open(app: AppName, pane: Pane, x: number, y: number): Window {
    const window = new Window(pane, x, y);
    this.#entries.push({ app, window });
    this.#invalidateFronts();
    return window;
  }

  raise(window: Window): void {
    const at = this.all.indexOf(window);
    if (at === this.#entries.length - 1) return;
    this.#invalidateFronts();
    this.#entries.push(...this.#entries.splice(at, 1));
    this.#invalidateFronts();
  }

  close(window: Window): void {
    this.#invalidate(window.reach);
    this.#entries.splice(this.all.indexOf(window), 1);
    this.#invalidateFronts();
  }

  /** Where a window may be: never under the bar, never quite off the screen. */
  keepInside(window: Window, { width, height }: Rect): void {
    window.x = Math.max(MIN_VISIBLE - window.frame.width, Math.min(width - MIN_VISIBLE, window.x));
    window.y = Math.max(BAR_HEIGHT, Math.min(height - MIN_VISIBLE, window.y));
  }

  paint(canvas: Canvas, look: Look): void {
    for (const window of this.all) {
      if (isEmpty(intersection(window.reach, canvas.clip))) continue;
      canvas.within(window.reach, () => window.paint(canvas, look, window === this.front));
    }
  }

  /** The two frontmost: one gains, one loses the strong title. */
  #invalidateFronts(): void {
    for (const { window } of this.#entries.slice(-2)) this.#invalidate(window.reach);
  }
}
