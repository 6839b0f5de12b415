import { type Canvas, type Colour, coverage } from './canvas.ts';
import { glyphs, marks, missingGlyph } from './glyphs.ts';

interface Glyph {
  readonly mask: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** From the pen's column and the baseline to the mask's corner. */
  readonly left: number;
  readonly top: number;
  readonly advance: number;
}

type Segment = readonly [number, number, number, number];

// Room around a glyph's ink for the soft edge of the pen.
const PAD = 2;

/** Outlines of one size and weight, drawn once and kept. Edges at baseline, x-height and capitals fall on whole pixels. */
export class Font {
  /** Baseline to baseline. */
  readonly lineHeight: number;
  /** Height of capitals. */
  readonly capHeight: number;
  readonly #pen: number;
  readonly #xHeight: number;
  readonly #unit: number;
  readonly #gap: number;
  readonly #cell: number | undefined;
  readonly #glyphs = new Map<string, Glyph>();

  /** `cell`: every character is that wide. */
  constructor(capHeight: number, pen: number, cell?: number) {
    this.capHeight = capHeight;
    this.lineHeight = Math.round(capHeight * 1.9);
    this.#pen = pen;
    this.#xHeight = Math.round((capHeight * 10.2) / 14);
    this.#unit = capHeight / 14;
    this.#gap = Math.max(1, Math.round(this.#unit * 2.7 - (pen - 1) / 2));
    this.#cell = cell;
  }

  measure(text: string): number {
    let width = 0;
    for (const character of text) width += this.#glyph(character).advance;
    return width;
  }

  /** Draws with the baseline at `y`; returns the column after the text. */
  draw(canvas: Canvas, text: string, x: number, y: number, colour: Colour, alpha = 256): number {
    let pen = Math.round(x);
    for (const character of text) {
      const glyph = this.#glyph(character);
      canvas.mask(glyph.mask, glyph.width, glyph.height, pen + glyph.left, y + glyph.top, colour, alpha);
      pen += glyph.advance;
    }
    return pen;
  }

  drawRight(canvas: Canvas, text: string, right: number, y: number, colour: Colour, alpha = 256): void {
    this.draw(canvas, text, right - this.measure(text), y, colour, alpha);
  }

  drawCentred(canvas: Canvas, text: string, centre: number, y: number, colour: Colour, alpha = 256): void {
    this.draw(canvas, text, centre - this.measure(text) / 2, y, colour, alpha);
  }

  #glyph(character: string): Glyph {
    let glyph = this.#glyphs.get(character);
    if (!glyph) {
      glyph = this.#render(character);
      this.#glyphs.set(character, glyph);
    }
    return glyph;
  }

  #render(character: string): Glyph {
    if (/\s/.test(character)) return this.#blank();
    const segments = outline(character);
    const extent = segments.reduce((widest, [x0, , x1]) => Math.max(widest, x0, x1), 0);
    const ink = Math.max(Math.round(extent * this.#unit + this.#pen), Math.ceil(this.#pen));
    const scaleX = extent === 0 ? 0 : (ink - this.#pen) / extent;
    const digit = /\d/.test(character);
    const advance = this.#cell ?? (digit ? Math.round(8 * this.#unit + this.#pen) + this.#gap : ink + this.#gap);
    const left = this.#cell || digit ? Math.floor((advance - ink) / 2) : Math.ceil(this.#gap / 2);
    const toX = (x: number) => PAD + (extent === 0 ? ink / 2 : this.#pen / 2 + x * scaleX);
    const drop = Math.ceil(this.#unit * 5) + PAD;
    const height = this.capHeight + Math.ceil(this.#unit * 6) + drop + PAD;
    const toY = (y: number) => height - drop - this.#rise(y);
    const width = ink + 2 * PAD;
    const placed = segments.map(([x0, y0, x1, y1]): Segment => [toX(x0), toY(y0), toX(x1), toY(y1)]);
    return {
      mask: inked(placed, width, height, this.#pen),
      width,
      height,
      left: left - PAD,
      top: drop - height,
      advance,
    };
  }

  #blank(): Glyph {
    const advance = this.#cell ?? Math.round(this.#unit * 6.6);
    return { mask: new Uint8Array(0), width: 0, height: 0, left: 0, top: 0, advance };
  }

  /** Pixels above the baseline: straight pieces between the heights that must look sharp. */
  #rise(y: number): number {
    const half = this.#pen / 2;
    const base = half;
    const middle = this.#xHeight - half;
    const cap = this.capHeight - half;
    if (y <= 0) return base + y * this.#unit;
    if (y <= 10) return base + ((middle - base) * y) / 10;
    return middle + ((cap - middle) * (y - 10)) / 4;
  }
}

function inked(segments: readonly Segment[], width: number, height: number, pen: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (const segment of segments) {
    const [x0, y0, x1, y1] = segment;
    // The pen of a dot is a little wider, or it would vanish beside the stems.
    const half = x0 === x1 && y0 === y1 ? pen * 0.62 : pen / 2;
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - half - 1));
    const right = Math.min(width, Math.ceil(Math.max(x0, x1) + half + 1));
    const bottom = Math.min(height, Math.ceil(Math.max(y0, y1) + half + 1));
    for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - half - 1)); y < bottom; y++)
      for (let x = left; x < right; x++) {
        const cover = Math.round(coverage(half - distance(segment, x + 0.5, y + 0.5)) * 255);
        if (cover > (mask[y * width + x] as number)) mask[y * width + x] = cover;
      }
  }
  return mask;
}

function distance([x0, y0, x1, y1]: Segment, x: number, y: number): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length2));
  return Math.sqrt((x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2);
}

/** A character's centre lines; letters with marks that are not drawn as a whole are put together. */
function outline(character: string): Segment[] {
  const [base = '', ...over] = glyphs[character] ? [character] : character.normalize('NFD');
  const letter = toSegments(glyphs[base === 'i' && over.length > 0 ? '|' : base] ?? missingGlyph);
  if (over.length === 0) return letter;
  const stem = base === 'i' ? letter.map(([x0, , x1]): Segment => [x0, 0, x1, 10]) : letter;
  const middle = Math.max(...stem.map(([x0, , x1]) => Math.max(x0, x1))) / 2;
  const top = Math.max(...stem.map(([, y0, , y1]) => Math.max(y0, y1)));
  const placed = over
    .flatMap((mark) => toSegments(marks[mark] ?? ''))
    .map(([x0, y0, x1, y1]): Segment => [x0 + middle, y0 + top, x1 + middle, y1 + top]);
  return [...stem, ...placed];
}

/** Flattens a glyph's path; curves become twelve pieces, enough up to 40 pixel letters. */
function toSegments(path: string): Segment[] {
  const words = path.split(' ');
  const segments: Segment[] = [];
  let at = 0;
  let x = 0;
  let y = 0;
  const next = () => Number(words[at++]);
  const to = (nx: number, ny: number) => {
    segments.push([x, y, nx, ny]);
    [x, y] = [nx, ny];
  };
  const arc = (cx: number, cy: number, rx: number, ry: number, from: number, end: number) => {
    const point = (degrees: number) => {
      const angle = (degrees * Math.PI) / 180;
      return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
    };
    [x, y] = point(from);
    for (let i = 1; i <= 24; i++) to(...point(from + ((end - from) * i) / 24));
  };
  while (at < words.length) {
    const command = words[at++];
    if (command === 'M') [x, y] = [next(), next()];
    else if (command === 'L') to(next(), next());
    else if (command === 'O') arc(next(), next(), next(), next(), 0, 360);
    else if (command === 'A') arc(next(), next(), next(), next(), next(), next());
    else if (command === 'C') {
      const [x0, y0, ax, ay, bx, by, ex, ey] = [x, y, next(), next(), next(), next(), next(), next()];
      for (let i = 1; i <= 12; i++) to(cubic(x0, ax, bx, ex, i / 12), cubic(y0, ay, by, ey, i / 12));
    }
  }
  return segments;
}

function cubic(a: number, b: number, c: number, d: number, t: number): number {
  const s = 1 - t;
  return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
}

/** The fonts of the desktop, shared by all guests: their masks are the same everywhere. */
export const fonts = {
  small: new Font(8, 1.15),
  text: new Font(9, 1.25),
  strong: new Font(9, 1.75),
  title: new Font(13, 1.9),
  huge: new Font(26, 2.4),
  mono: new Font(9, 1.2, 8),
};
