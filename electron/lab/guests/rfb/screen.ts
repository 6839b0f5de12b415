import type { Canvas } from '../desktop/canvas.ts';
import type { Rect } from '../desktop/rect.ts';

/** What changed in the frame. `move` says that `from`, shifted by (dx, dy), holds what `from` held, and what else changed. */
export type ScreenChange =
  | { readonly kind: 'paint'; readonly rects: readonly Rect[] }
  | {
      readonly kind: 'move';
      readonly from: Rect;
      readonly dx: number;
      readonly dy: number;
      readonly rects: readonly Rect[];
    }
  | { readonly kind: 'size' }
  | { readonly kind: 'cursor' }
  | { readonly kind: 'cut-text'; readonly text: string };

export interface Cursor {
  readonly width: number;
  readonly height: number;
  readonly hotX: number;
  readonly hotY: number;
  readonly pixels: Uint32Array;
  /** One byte a pixel, 0 or 1. */
  readonly mask: Uint8Array;
}

/** A picture that viewers look at, and that takes their keys and pointer. */
export interface Screen {
  readonly name: string;
  readonly canvas: Canvas;
  readonly cursor: Cursor;
  handlePointer(x: number, y: number, buttons: number): void;
  handleKey(keysym: number, isDown: boolean): void;
  handleCutText(text: string): void;
  /** False when it cannot have that size. */
  resize(width: number, height: number): boolean;
}
