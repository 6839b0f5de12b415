import type { CursorName } from '../rfb/cursors.ts';
import type { Canvas } from './canvas.ts';
import type { Rect } from './rect.ts';
import type { Look } from './theme.ts';

/** What a pane may ask of the desktop it is on. */
export interface PaneHost {
  /** Paints a part of the pane again; coordinates as in `paint`. */
  invalidate(part?: Rect): void;
  /** Tells viewers what was copied. */
  copyText(text: string): void;
  readonly clipboard: string;
}

/** What a key press means to a pane. */
export interface KeyPress {
  readonly keysym: number;
  /** The character it types, or ''. */
  readonly text: string;
  readonly hasControl: boolean;
}

/** Content of a window. Coordinates are its own, from its top left corner. */
export interface Pane {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** Draws into `area`, which is as large as the pane; the clip is set. */
  paint(canvas: Canvas, area: Rect, look: Look): void;
  cursorAt(x: number, y: number): CursorName;
  handlePress?(x: number, y: number): void;
  /** The pointer moved; `isDown` while the button that was pressed inside is held. */
  handleMove?(x: number, y: number, isDown: boolean): void;
  handleRelease?(): void;
  handleLeave?(): void;
  handleKey?(press: KeyPress): void;
  /** Called `TICKS_PER_SECOND` times while someone looks. */
  tick?(nowMs: number): void;
}

export const TICKS_PER_SECOND = 5;
