import type { CursorName } from '../rfb/cursors.ts';
import { type Canvas, mix } from './canvas.ts';
import { fonts } from './font.ts';
import type { Pane, PaneHost } from './pane.ts';
import { contains, grown, type Rect } from './rect.ts';
import { type Look, palettes } from './theme.ts';

const SWATCH = { width: 92, height: 58, left: 20, top: 46, gap: 14 };
const toggles = [
  { key: 'isDark', label: 'Dark windows', y: 218 },
  { key: 'hasSeconds', label: 'Seconds in the clock', y: 254 },
] as const;

export interface Appearance {
  palette: number;
  isDark: boolean;
  hasSeconds: boolean;
}

/** Wallpapers and switches. */
export class AppearancePane implements Pane {
  readonly title = 'Appearance';
  readonly width = 344;
  readonly height = 290;
  readonly #host: PaneHost;
  readonly #appearance: Appearance;
  readonly #onChange: () => void;
  #hot = -1;

  constructor(host: PaneHost, appearance: Appearance, onChange: () => void) {
    this.#host = host;
    this.#appearance = appearance;
    this.#onChange = onChange;
  }

  paint(canvas: Canvas, area: Rect, look: Look): void {
    fonts.text.draw(canvas, 'Wallpaper', area.x + SWATCH.left, area.y + 30, look.quiet);
    for (const i of palettes.keys()) this.#paintSwatch(canvas, area, i, look);
    for (const { key, label, y } of toggles) {
      fonts.text.draw(canvas, label, area.x + SWATCH.left, area.y + y + 15, look.text);
      const isOn = this.#appearance[key];
      const track = { x: area.x + this.width - 56, y: area.y + y, width: 36, height: 20 };
      canvas.round(track, 10, isOn ? look.accent : mix(look.line, look.quiet, 90));
      canvas.disc(track.x + (isOn ? 26 : 10), track.y + 10, 7, isOn ? look.onAccent : look.surface);
    }
  }

  cursorAt(x: number, y: number): CursorName {
    return this.#swatchAt(x, y) >= 0 || this.#toggleAt(y) ? 'hand' : 'arrow';
  }

  handlePress(x: number, y: number): void {
    const swatch = this.#swatchAt(x, y);
    const toggle = this.#toggleAt(y);
    if (swatch >= 0) this.#appearance.palette = swatch;
    else if (toggle) this.#appearance[toggle] = !this.#appearance[toggle];
    else return;
    this.#onChange();
  }

  handleMove(x: number, y: number): void {
    this.#setHot(this.#swatchAt(x, y));
  }

  handleLeave(): void {
    this.#setHot(-1);
  }

  #setHot(hot: number): void {
    if (hot === this.#hot) return;
    this.#hot = hot;
    this.#host.invalidate({ x: 0, y: SWATCH.top - 6, width: this.width, height: 2 * (SWATCH.height + SWATCH.gap) + 6 });
  }

  #place(i: number): Rect {
    const { left, top, gap, width, height } = SWATCH;
    return { x: left + (i % 3) * (width + gap - 0), y: top + Math.floor(i / 3) * (height + gap + 4), width, height };
  }

  #swatchAt(x: number, y: number): number {
    return palettes.findIndex((_, i) => contains(this.#place(i), x, y));
  }

  #toggleAt(y: number): 'isDark' | 'hasSeconds' | undefined {
    return toggles.find((toggle) => y >= toggle.y - 8 && y < toggle.y + 28)?.key;
  }

  #paintSwatch(canvas: Canvas, area: Rect, i: number, look: Look): void {
    const palette = palettes[i];
    const place = this.#place(i);
    if (!palette) return;
    const rect = { ...place, x: area.x + place.x, y: area.y + place.y };
    const isChosen = i === this.#appearance.palette;
    if (isChosen || i === this.#hot) canvas.round(grown(rect, 3), 9, look.accent, isChosen ? 256 : 90);
    canvas.round(rect, 6, palette.sky[1]);
    canvas.within({ ...rect, height: 28 }, () => canvas.round(rect, 6, palette.sky[0]));
    canvas.within(rect, () => canvas.disc(rect.x + 62, rect.y + 32, 8, palette.sun, 220));
    canvas.within({ ...rect, y: rect.y + 34, height: 24 }, () => canvas.round(rect, 6, palette.hills[1]));
    fonts.small.draw(canvas, palette.name, rect.x + 8, rect.y + rect.height - 8, 0xffffff, 235);
  }
}
