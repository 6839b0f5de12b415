import type { Canvas, Colour } from './canvas.ts';
import { fonts } from './font.ts';
import { contains, grown, type Rect, union } from './rect.ts';

export type AppName = 'notes' | 'monitor' | 'sketch' | 'appearance';

interface App {
  readonly name: AppName;
  readonly label: string;
  readonly colour: Colour;
}

const apps: readonly App[] = [
  { name: 'notes', label: 'Notes', colour: 0x8fa8dd },
  { name: 'monitor', label: 'Monitor', colour: 0x74b58f },
  { name: 'sketch', label: 'Sketch', colour: 0xe0957b },
  { name: 'appearance', label: 'Appearance', colour: 0xb58ac0 },
];
const ICON = 40;
const GAP = 12;
const INSET = 10;
const INK = 0x1d1b26;

/** The row of apps at the bottom. */
export class Dock {
  readonly frame: Rect;
  #hot = -1;

  constructor(width: number, height: number) {
    const long = apps.length * ICON + (apps.length - 1) * GAP + 2 * INSET;
    const high = ICON + 2 * INSET;
    this.frame = { x: Math.round((width - long) / 2), y: height - high - 16, width: long, height: high };
  }

  /** With room for the label above. */
  get reach(): Rect {
    return union(this.frame, { ...grown(this.frame, 36), height: 60 });
  }

  appAt(x: number, y: number): AppName | undefined {
    return apps[this.#indexAt(x, y)]?.name;
  }

  /** True when another icon is under the pointer than before. */
  point(x: number, y: number): boolean {
    const before = this.#hot;
    this.#hot = this.#indexAt(x, y);
    return this.#hot !== before;
  }

  paint(canvas: Canvas, open: ReadonlySet<AppName>): void {
    canvas.round(this.frame, 18, 0x12101a, 118);
    canvas.ring(this.frame, 18, 0xffffff, 26);
    apps.forEach((app, i) => {
      const icon = this.#icon(i);
      canvas.round(icon, 11, app.colour, i === this.#hot ? 256 : 236);
      if (i === this.#hot) canvas.ring(icon, 11, 0xffffff, 150);
      drawings[app.name](canvas, icon.x, icon.y);
      if (open.has(app.name)) canvas.disc(icon.x + ICON / 2, icon.y + ICON + 5, 1.8, 0xffffff, 210);
    });
    if (this.#hot >= 0) this.#paintLabel(canvas, this.#hot);
  }

  #icon(i: number): Rect {
    return { x: this.frame.x + INSET + i * (ICON + GAP), y: this.frame.y + INSET, width: ICON, height: ICON };
  }

  #indexAt(x: number, y: number): number {
    return apps.findIndex((_, i) => contains(grown(this.#icon(i), GAP / 2), x, y));
  }

  #paintLabel(canvas: Canvas, i: number): void {
    const label = apps[i]?.label ?? '';
    const width = fonts.text.measure(label) + 20;
    const icon = this.#icon(i);
    const tip = { x: Math.round(icon.x + ICON / 2 - width / 2), y: this.frame.y - 34, width, height: 26 };
    canvas.round(tip, 8, 0x16141e, 224);
    fonts.text.drawCentred(canvas, label, tip.x + width / 2, tip.y + 18, 0xf2f0f7);
  }
}

const drawings: Record<AppName, (canvas: Canvas, x: number, y: number) => void> = {
  notes(canvas, x, y) {
    canvas.round({ x: x + 11, y: y + 9, width: 18, height: 22 }, 3, 0xffffff, 240);
    for (let i = 0; i < 4; i++)
      canvas.line(x + 15, y + 14.5 + i * 4, x + (i === 3 ? 21 : 25), y + 14.5 + i * 4, 1.4, INK, 170);
  },
  monitor(canvas, x, y) {
    const points = [10, 24, 15, 24, 18, 14, 22, 28, 25, 19, 30, 19];
    for (let i = 2; i < points.length; i += 2)
      canvas.line(
        x + at(points, i - 2),
        y + at(points, i - 1),
        x + at(points, i),
        y + at(points, i + 1),
        2.2,
        INK,
        220,
      );
  },
  sketch(canvas, x, y) {
    canvas.line(x + 12.5, y + 27.5, x + 26, y + 14, 4.5, INK, 210);
    canvas.disc(x + 11.6, y + 28.4, 1.6, INK, 210);
    canvas.line(x + 20, y + 29.5, x + 29, y + 29.5, 1.8, INK, 140);
  },
  appearance(canvas, x, y) {
    canvas.disc(x + 20, y + 20, 10.5, INK, 215);
    canvas.within({ x: x + 20, y, width: 20, height: 40 }, () => canvas.disc(x + 20, y + 20, 8.6, 0xffffff, 240));
  },
};

const at = (points: readonly number[], i: number): number => points[i] ?? 0;
