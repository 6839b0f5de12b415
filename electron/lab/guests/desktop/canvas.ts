import { intersection, isEmpty, type Rect } from './rect.ts';

/** 0xRRGGBB. */
export type Colour = number;

/** `over` on `under` with a whole `alpha` of 0..256. */
export function mix(under: Colour, over: Colour, alpha: number): Colour {
  const rest = 256 - alpha;
  const rb = ((over & 0xff00ff) * alpha + (under & 0xff00ff) * rest) >>> 8;
  const g = ((over & 0x00ff00) * alpha + (under & 0x00ff00) * rest) >>> 8;
  return (rb & 0xff00ff) | (g & 0x00ff00);
}

export type Corners = 'all' | 'top' | 'bottom';

/** A frame of 0xRRGGBB pixels and the few ways the desktop draws. Nothing is drawn outside `clip`. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
  clip: Rect;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint32Array(width * height);
    this.clip = this.bounds;
  }

  get bounds(): Rect {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  /** Draws with the clip narrowed to `rect`. */
  within(rect: Rect, draw: () => void): void {
    const before = this.clip;
    this.clip = intersection(before, rect);
    if (!isEmpty(this.clip)) draw();
    this.clip = before;
  }

  dot(x: number, y: number, colour: Colour, alpha: number): void {
    const { clip } = this;
    if (alpha <= 0 || x < clip.x || y < clip.y || x >= clip.x + clip.width || y >= clip.y + clip.height) return;
    const at = y * this.width + x;
    this.pixels[at] = alpha >= 256 ? colour : mix(this.pixels[at] as number, colour, alpha | 0);
  }

  fill(rect: Rect, colour: Colour, alpha = 256): void {
    const area = intersection(rect, this.clip);
    if (isEmpty(area) || alpha <= 0) return;
    const { pixels, width } = this;
    for (let y = area.y; y < area.y + area.height; y++) {
      const from = y * width + area.x;
      const to = from + area.width;
      if (alpha >= 256) pixels.fill(colour, from, to);
      else for (let at = from; at < to; at++) pixels[at] = mix(pixels[at] as number, colour, alpha);
    }
  }

  /** Rounded rectangle with smooth corners. */
  round(rect: Rect, radius: number, colour: Colour, alpha = 256, corners: Corners = 'all'): void {
    const r = Math.min(radius, rect.width / 2, rect.height / 2);
    const rim = Math.ceil(r);
    const top = corners === 'bottom' ? 0 : rim;
    const bottom = corners === 'top' ? 0 : rim;
    this.fill({ ...rect, y: rect.y + top, height: rect.height - top - bottom }, colour, alpha);
    const edge = (y: number) => {
      const dy = Math.max(rect.y + r - (y + 0.5), y + 0.5 - (rect.y + rect.height - r));
      this.fill({ x: rect.x + rim, y, width: rect.width - 2 * rim, height: 1 }, colour, alpha);
      for (let i = 0; i < rim; i++) {
        const cover = coverage(r - Math.hypot(r - i - 0.5, dy)) * alpha;
        this.dot(rect.x + i, y, colour, cover);
        this.dot(rect.x + rect.width - 1 - i, y, colour, cover);
      }
    };
    for (let i = 0; i < top; i++) edge(rect.y + i);
    for (let i = 0; i < bottom; i++) edge(rect.y + rect.height - 1 - i);
  }

  /** One pixel wide outline inside the rectangle. */
  ring(rect: Rect, radius: number, colour: Colour, alpha = 256): void {
    const rim = Math.max(1, Math.ceil(radius));
    const right = rect.x + rect.width - 1;
    const bottom = rect.y + rect.height - 1;
    this.fill({ x: rect.x + rim, y: rect.y, width: rect.width - 2 * rim, height: 1 }, colour, alpha);
    this.fill({ x: rect.x + rim, y: bottom, width: rect.width - 2 * rim, height: 1 }, colour, alpha);
    this.fill({ x: rect.x, y: rect.y + rim, width: 1, height: rect.height - 2 * rim }, colour, alpha);
    this.fill({ x: right, y: rect.y + rim, width: 1, height: rect.height - 2 * rim }, colour, alpha);
    for (let j = 0; j < rim; j++)
      for (let i = 0; i < rim; i++) {
        const far = Math.hypot(radius - i - 0.5, radius - j - 0.5);
        const cover = (coverage(radius - far) - coverage(radius - 1 - far)) * alpha;
        this.dot(rect.x + i, rect.y + j, colour, cover);
        this.dot(right - i, rect.y + j, colour, cover);
        this.dot(rect.x + i, bottom - j, colour, cover);
        this.dot(right - i, bottom - j, colour, cover);
      }
  }

  /** Soft shadow around a rectangle, `reach` pixels wide; the rectangle itself is left alone. */
  shadow(rect: Rect, reach: number, strength: number, drop: number): void {
    const { clip } = this;
    const bottom = rect.y + rect.height;
    const right = rect.x + rect.width;
    const top = Math.max(clip.y, rect.y + drop - reach);
    const end = Math.min(clip.y + clip.height, bottom + drop + reach);
    const left = Math.max(clip.x, rect.x - reach);
    const stop = Math.min(clip.x + clip.width, right + reach);
    for (let y = top; y < end; y++) {
      const dy = Math.max(rect.y + drop + reach / 3 - y, y - (bottom + drop - reach / 3), 0);
      for (let x = left; x < stop; x++) {
        // Rounded corners let a little of what is under the rectangle be seen, hence the 12 pixels.
        if (x === rect.x + 12 && y >= rect.y && y < bottom) x = Math.max(x, right - 12);
        const dx = Math.max(rect.x + reach / 3 - x, x - (right - reach / 3), 0);
        const fade = 1 - (dx === 0 ? dy : dy === 0 ? dx : Math.sqrt(dx * dx + dy * dy)) / (reach * 1.34);
        if (fade > 0) this.dot(x, y, 0, strength * fade * fade);
      }
    }
  }

  /** Thick line with round ends; coordinates may be fractions. */
  line(x0: number, y0: number, x1: number, y1: number, thickness: number, colour: Colour, alpha = 256): void {
    const half = thickness / 2;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const length2 = dx * dx + dy * dy;
    for (let y = Math.floor(Math.min(y0, y1) - half); y <= Math.max(y0, y1) + half; y++)
      for (let x = Math.floor(Math.min(x0, x1) - half); x <= Math.max(x0, x1) + half; x++) {
        const px = x + 0.5 - x0;
        const py = y + 0.5 - y0;
        const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length2));
        this.dot(x, y, colour, coverage(half - Math.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2)) * alpha);
      }
  }

  disc(x: number, y: number, radius: number, colour: Colour, alpha = 256): void {
    this.line(x, y, x, y, radius * 2, colour, alpha);
  }

  /** Paints `colour` through a mask of one byte a pixel. */
  mask(mask: Uint8Array, width: number, height: number, x: number, y: number, colour: Colour, alpha = 256): void {
    const area = intersection({ x, y, width, height }, this.clip);
    for (let row = area.y; row < area.y + area.height; row++)
      for (let column = area.x; column < area.x + area.width; column++) {
        const cover = mask[(row - y) * width + column - x] as number;
        if (cover === 0) continue;
        const at = row * this.width + column;
        const share = ((cover + (cover >> 7)) * alpha) >> 8; // 255 is all of it
        this.pixels[at] = mix(this.pixels[at] as number, colour, share);
      }
  }

  /** Copies what the clip lets through from a canvas of the same size. */
  copyFrom(other: Canvas): void {
    const { clip, width } = this;
    for (let y = clip.y; y < clip.y + clip.height; y++) {
      const from = y * width + clip.x;
      this.pixels.set(other.pixels.subarray(from, from + clip.width), from);
    }
  }
}

/** Share of a pixel that lies inside an edge whose signed distance from the pixel's centre is `inside`. */
export function coverage(inside: number): number {
  return Math.max(0, Math.min(1, inside + 0.5));
}
