import { Canvas, type Colour, coverage, mix } from './canvas.ts';
import { randomFrom } from './random.ts';
import type { Palette } from './theme.ts';

/** Evening sky, a low sun and three ranges of hills; the seed moves sun, stars and ridges. */
export function paintWallpaper(width: number, height: number, palette: Palette, seed: number): Canvas {
  const canvas = new Canvas(width, height);
  const random = randomFrom(seed);
  for (let y = 0; y < height; y++) canvas.fill({ x: 0, y, width, height: 1 }, skyAt(palette, y / (height * 0.82)));
  stars(canvas, random);
  sun(canvas, palette.sun, width * (0.2 + 0.6 * random()), height * 0.6, height * 0.075);
  palette.hills.forEach((colour, i) => {
    ridge(canvas, colour, height * (0.66 + 0.115 * i), height * (0.075 - 0.012 * i), random);
  });
  return canvas;
}

function skyAt({ sky: [high, middle, low] }: Palette, at: number): Colour {
  const share = Math.max(0, Math.min(1, at));
  return share < 0.55
    ? mix(high, middle, Math.round((share / 0.55) * 256))
    : mix(middle, low, Math.round(((share - 0.55) / 0.45) * 256));
}

function stars(canvas: Canvas, random: () => number): void {
  for (let i = 0; i < canvas.width / 16; i++) {
    const y = canvas.height * 0.42 * random() ** 1.6;
    const fade = 1 - y / (canvas.height * 0.45);
    canvas.dot(Math.floor(canvas.width * random()), Math.floor(y), 0xffffff, 130 * fade * random());
  }
}

function sun(canvas: Canvas, colour: Colour, x: number, y: number, radius: number): void {
  const reach = Math.ceil(radius * 4);
  const [centreX, centreY] = [Math.round(x), Math.round(y)];
  for (let dy = -reach; dy < reach; dy++)
    for (let dx = -reach; dx < reach; dx++) {
      const away = Math.sqrt((dx + 0.5) ** 2 + (dy + 0.5) ** 2);
      if (away >= reach) continue;
      const glow = (1 - away / reach) ** 2 * 84;
      canvas.dot(centreX + dx, centreY + dy, colour, Math.max(glow, coverage(radius - away) * 236));
    }
}

function ridge(canvas: Canvas, colour: Colour, base: number, swing: number, random: () => number): void {
  const waves = [0.9, 1.9, 3.7].map((turns, i) => ({
    turns: turns * (0.8 + 0.5 * random()),
    phase: random() * 6.283,
    weight: swing / (1 + i * 1.5),
  }));
  for (let x = 0; x < canvas.width; x++) {
    const at = (x / canvas.width) * 6.283;
    const top = waves.reduce((y, wave) => y + wave.weight * Math.sin(at * wave.turns + wave.phase), base);
    const first = Math.floor(top);
    canvas.dot(x, first, colour, (1 - (top - first)) * 256);
    canvas.fill({ x, y: first + 1, width: 1, height: canvas.height - first - 1 }, colour);
  }
}
