import type { CursorName } from '../rfb/cursors.ts';
import type { Canvas, Colour } from './canvas.ts';
import { fonts } from './font.ts';
import type { Pane, PaneHost } from './pane.ts';
import { contains, type Rect } from './rect.ts';
import type { Look } from './theme.ts';

const PAPER = { x: 16, y: 54, width: 328, height: 210 };
const CLEAR = { x: 272, y: 14, width: 72, height: 28 };
const MAX_STROKES = 4000;
const inks: readonly Colour[] = [0x2f6fb0, 0xc7524d, 0x2f8a5c, 0xb7822a, 0x7a57b3];
const INK_GAP = 30;

interface Stroke {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly ink: Colour;
}

/** Paper to draw on with the pointer. */
export class SketchPane implements Pane {
  readonly title = 'Sketch';
  readonly width = 360;
  readonly height = 280;
  readonly #host: PaneHost;
  readonly #strokes: Stroke[] = [];
  #ink = 0;
  #pen: { x: number; y: number } | undefined;
  #isClearHot = false;

  constructor(host: PaneHost) {
    this.#host = host;
    this.#wave();
  }

  paint(canvas: Canvas, area: Rect, look: Look): void {
    inks.forEach((ink, i) => {
      const x = area.x + 28 + i * INK_GAP;
      if (i === this.#ink) canvas.disc(x, area.y + 28, 11, look.text, 44);
      canvas.disc(x, area.y + 28, 7, ink);
    });
    const button = { ...CLEAR, x: area.x + CLEAR.x, y: area.y + CLEAR.y };
    canvas.round(button, 6, this.#isClearHot ? look.line : look.title);
    canvas.ring(button, 6, look.line);
    fonts.text.drawCentred(canvas, 'Clear', button.x + CLEAR.width / 2, button.y + 19, look.text);
    const paper = { ...PAPER, x: area.x + PAPER.x, y: area.y + PAPER.y };
    canvas.round(paper, 6, look.sunken);
    canvas.ring(paper, 6, look.line);
    canvas.within(paper, () => {
      for (const { x0, y0, x1, y1, ink } of this.#strokes)
        canvas.line(area.x + x0, area.y + y0, area.x + x1, area.y + y1, 3, ink);
    });
  }

  cursorAt(x: number, y: number): CursorName {
    return contains(CLEAR, x, y) || this.#inkAt(x, y) !== undefined ? 'hand' : 'arrow';
  }

  handlePress(x: number, y: number): void {
    const ink = this.#inkAt(x, y);
    if (ink !== undefined) {
      this.#ink = ink;
      this.#host.invalidate({ x: 0, y: 0, width: this.width, height: PAPER.y });
    } else if (contains(CLEAR, x, y)) {
      this.#strokes.length = 0;
      this.#host.invalidate();
    } else if (contains(PAPER, x, y)) {
      this.#draw(x, y, x, y);
    }
  }

  handleMove(x: number, y: number, isDown: boolean): void {
    if (isDown && this.#pen) this.#draw(this.#pen.x, this.#pen.y, x, y);
    this.#setHot(contains(CLEAR, x, y));
  }

  handleRelease(): void {
    this.#pen = undefined;
  }

  handleLeave(): void {
    this.#setHot(false);
  }

  #setHot(isHot: boolean): void {
    if (isHot === this.#isClearHot) return;
    this.#isClearHot = isHot;
    this.#host.invalidate(CLEAR);
  }

  #inkAt(x: number, y: number): number | undefined {
    const i = Math.round((x - 28) / INK_GAP);
    return inks[i] !== undefined && Math.hypot(x - 28 - i * INK_GAP, y - 28) < 13 ? i : undefined;
  }

  #draw(x0: number, y0: number, x1: number, y1: number): void {
    this.#pen = { x: x1, y: y1 };
    this.#strokes.push({ x0, y0, x1, y1, ink: inks[this.#ink] ?? 0 });
    if (this.#strokes.length > MAX_STROKES) this.#strokes.shift();
    const x = Math.floor(Math.min(x0, x1)) - 3;
    const y = Math.floor(Math.min(y0, y1)) - 3;
    this.#host.invalidate({ x, y, width: Math.abs(x1 - x0) + 7, height: Math.abs(y1 - y0) + 7 });
  }

  /** Something to start from. */
  #wave(): void {
    const at = (i: number) => ({ x: 60 + i * 6, y: 158 - Math.sin(i / 5.2) * 44 * (1 - i / 60) });
    for (let i = 1; i < 40; i++) {
      const [from, to] = [at(i - 1), at(i)];
      this.#strokes.push({ x0: from.x, y0: from.y, x1: to.x, y1: to.y, ink: inks[0] ?? 0 });
    }
  }
}
