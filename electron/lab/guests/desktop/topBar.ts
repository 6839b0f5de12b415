import type { Canvas } from './canvas.ts';
import { fonts } from './font.ts';
import type { Rect } from './rect.ts';

export const BAR_HEIGHT = 30;
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface BarContent {
  readonly name: string;
  readonly detail: string;
  readonly clock: string;
  readonly lastKey: string;
}

/** The guest's own time, which is UTC as on most servers. */
export function clockText(wallMs: number, hasSeconds: boolean): string {
  const now = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(now.getUTCHours())}:${two(now.getUTCMinutes())}`;
  const seconds = hasSeconds ? `:${two(now.getUTCSeconds())}` : '';
  return `${days[now.getUTCDay()]} ${now.getUTCDate()} ${months[now.getUTCMonth()]}  ${time}${seconds}`;
}

export function barArea(width: number): Rect {
  return { x: 0, y: 0, width, height: BAR_HEIGHT };
}

/** Name, clock and the last key that arrived. */
export function paintBar(canvas: Canvas, content: BarContent): void {
  const area = barArea(canvas.width);
  canvas.fill(area, 0x0f0e16, 138);
  canvas.disc(20, 15, 5, 0xffffff, 232);
  const after = fonts.strong.draw(canvas, content.name, 34, 20, 0xffffff, 244);
  fonts.text.draw(canvas, content.detail, after + 14, 20, 0xffffff, 160);
  fonts.strong.drawCentred(canvas, content.clock, canvas.width / 2, 20, 0xffffff, 240);
  if (content.lastKey) paintKey(canvas, content.lastKey, canvas.width - 104);
  paintSigns(canvas, canvas.width - 84);
}

function paintKey(canvas: Canvas, label: string, right: number): void {
  const width = fonts.small.measure(label) + 16;
  const cap = { x: right - width, y: 6, width, height: 18 };
  canvas.round(cap, 5, 0xffffff, 40);
  canvas.ring(cap, 5, 0xffffff, 70);
  fonts.small.drawCentred(canvas, label, cap.x + width / 2, 19, 0xffffff, 240);
}

/** Network, sound, battery. */
function paintSigns(canvas: Canvas, x: number): void {
  for (let i = 0; i < 4; i++)
    canvas.round({ x: x + i * 4, y: 19 - i * 3, width: 3, height: 2 + i * 3 }, 1, 0xffffff, 220);
  canvas.round({ x: x + 29, y: 12, width: 4, height: 6 }, 1, 0xffffff, 220);
  canvas.line(x + 33, 15, x + 36.5, 11.5, 1.6, 0xffffff, 220);
  canvas.line(x + 33, 15, x + 36.5, 18.5, 1.6, 0xffffff, 220);
  canvas.line(x + 36.5, 11.5, x + 36.5, 18.5, 1.6, 0xffffff, 220);
  canvas.line(x + 40, 12.8, x + 40, 17.2, 1.4, 0xffffff, 190);
  canvas.ring({ x: x + 51, y: 10, width: 19, height: 10 }, 3, 0xffffff, 220);
  canvas.round({ x: x + 53, y: 12, width: 12, height: 6 }, 1, 0xffffff, 220);
  canvas.fill({ x: x + 71, y: 13, width: 1, height: 4 }, 0xffffff, 220);
}
