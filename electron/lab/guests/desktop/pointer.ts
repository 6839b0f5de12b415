import { type CursorName, cursors } from '../rfb/cursors.ts';
import type { Cursor } from '../rfb/screen.ts';
import type { Canvas } from './canvas.ts';
import type { Rect } from './rect.ts';

/** Where the pointer is and how it looks; part of the picture only for viewers that do not draw it themselves. */
export class Pointer {
  readonly #invalidate: (rect: Rect) => void;
  #x = 0;
  #y = 0;
  #name: CursorName = 'arrow';
  #isDrawn = false;

  constructor(invalidate: (rect: Rect) => void) {
    this.#invalidate = invalidate;
  }

  get x(): number {
    return this.#x;
  }

  get y(): number {
    return this.#y;
  }

  get cursor(): Cursor {
    return cursors[this.#name];
  }

  get isDrawn(): boolean {
    return this.#isDrawn;
  }

  setDrawn(isDrawn: boolean): void {
    if (isDrawn === this.#isDrawn) return;
    this.#isDrawn = isDrawn;
    this.#invalidate(this.#area);
  }

  moveTo(x: number, y: number): void {
    this.#change(() => {
      this.#x = x;
      this.#y = y;
    });
  }

  /** True when it looks another way now. */
  setCursor(name: CursorName): boolean {
    if (name === this.#name) return false;
    this.#change(() => {
      this.#name = name;
    });
    return true;
  }

  paint(canvas: Canvas): void {
    if (!this.#isDrawn) return;
    const { mask, pixels, width } = this.cursor;
    const { x, y } = this.#area;
    for (const [i, isSet] of mask.entries())
      if (isSet) canvas.dot(x + (i % width), y + Math.floor(i / width), pixels[i] ?? 0, 256);
  }

  get #area(): Rect {
    const { width, height, hotX, hotY } = this.cursor;
    return { x: this.#x - hotX, y: this.#y - hotY, width, height };
  }

  #change(change: () => void): void {
    if (this.#isDrawn) this.#invalidate(this.#area);
    change();
    if (this.#isDrawn) this.#invalidate(this.#area);
  }
}
