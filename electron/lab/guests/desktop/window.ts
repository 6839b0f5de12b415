import type { Canvas } from './canvas.ts';
import { fonts } from './font.ts';
import type { Pane } from './pane.ts';
import { contains, grown, moved, type Rect, union } from './rect.ts';
import type { Look } from './theme.ts';

const TITLE = 34;
const RADIUS = 10;
const SHADOW = 26;
const DROP = 8;

export type WindowPart = 'close' | 'title' | 'pane';

/** A pane in its frame. */
export class Window {
  readonly pane: Pane;
  x: number;
  y: number;
  isCloseHot = false;

  constructor(pane: Pane, x: number, y: number) {
    this.pane = pane;
    this.x = x;
    this.y = y;
  }

  get frame(): Rect {
    return { x: this.x, y: this.y, width: this.pane.width, height: this.pane.height + TITLE };
  }

  /** Frame and shadow: all pixels it touches. */
  get reach(): Rect {
    return union(this.frame, moved(grown(this.frame, SHADOW), 0, DROP));
  }

  /** Rows that are opaque from edge to edge. */
  get body(): Rect {
    const { x, y, width, height } = this.frame;
    return { x, y: y + RADIUS, width, height: height - 2 * RADIUS };
  }

  get paneArea(): Rect {
    return { x: this.x, y: this.y + TITLE, width: this.pane.width, height: this.pane.height };
  }

  get closeArea(): Rect {
    return { x: this.x + this.pane.width - 32, y: this.y + 5, width: 24, height: 24 };
  }

  partAt(x: number, y: number): WindowPart | undefined {
    if (!contains(this.frame, x, y)) return undefined;
    if (contains(this.closeArea, x, y)) return 'close';
    return y < this.y + TITLE ? 'title' : 'pane';
  }

  paint(canvas: Canvas, look: Look, isFront: boolean): void {
    const { frame } = this;
    canvas.shadow(frame, SHADOW, isFront ? 110 : 66, DROP);
    canvas.round({ ...frame, height: TITLE }, RADIUS, look.title, 256, 'top');
    canvas.round(this.paneArea, RADIUS, look.surface, 256, 'bottom');
    canvas.fill({ x: this.x, y: this.y + TITLE - 1, width: frame.width, height: 1 }, look.line);
    const centre = this.x + frame.width / 2;
    fonts.strong.drawCentred(canvas, this.pane.title, centre, this.y + 22, isFront ? look.text : look.quiet);
    this.#paintClose(canvas, look);
    canvas.ring(frame, RADIUS, look.isDark ? 0xffffff : 0x000000, look.isDark ? 34 : 30);
    canvas.within(this.paneArea, () => this.pane.paint(canvas, this.paneArea, look));
  }

  #paintClose(canvas: Canvas, look: Look): void {
    const { x, y } = this.closeArea;
    if (this.isCloseHot) canvas.disc(x + 12, y + 12, 11, look.text, 30);
    canvas.line(x + 8.5, y + 8.5, x + 15.5, y + 15.5, 1.4, look.quiet);
    canvas.line(x + 15.5, y + 8.5, x + 8.5, y + 15.5, 1.4, look.quiet);
  }
}
