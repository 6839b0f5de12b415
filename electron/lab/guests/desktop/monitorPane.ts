import type { CursorName } from '../rfb/cursors.ts';
import type { Canvas, Colour } from './canvas.ts';
import { fonts } from './font.ts';
import { type Pane, type PaneHost, TICKS_PER_SECOND } from './pane.ts';
import { randomFrom } from './random.ts';
import type { Rect } from './rect.ts';
import type { Look } from './theme.ts';

const SAMPLES = 150;
const GRAPH = { x: 24, y: 76, width: 332, height: 120 };
const MEMORY_TOP = 222;

/** Load as a running curve, with memory and network. The numbers are made up but move as a guest's would. */
export class MonitorPane implements Pane {
  readonly title = 'Monitor';
  readonly width = 380;
  readonly height = 312;
  readonly #host: PaneHost;
  readonly #random: () => number;
  readonly #cpu: number[] = [];
  readonly #memoryMib: number;
  #level = 0.3;
  #goal = 0.3;
  #memory: number;
  #received = 0.4;
  #ticks = 0;

  constructor(host: PaneHost, seed: number, memoryMib: number) {
    this.#host = host;
    this.#random = randomFrom(seed + 7);
    this.#memoryMib = memoryMib;
    this.#memory = 0.35 + 0.3 * this.#random();
    for (let i = 0; i < SAMPLES; i++) this.#step();
  }

  paint(canvas: Canvas, area: Rect, look: Look): void {
    const graph = { ...GRAPH, x: area.x + GRAPH.x, y: area.y + GRAPH.y };
    fonts.text.draw(canvas, 'Processor', area.x + 24, area.y + 34, look.quiet);
    const percent = Math.round((this.#cpu.at(-1) ?? 0) * 100);
    const after = fonts.title.draw(canvas, String(percent), area.x + 24, area.y + 60, look.text);
    fonts.text.draw(canvas, '%', after + 3, area.y + 60, look.quiet);
    fonts.small.drawRight(canvas, 'last 30 s', graph.x + graph.width, area.y + 60, look.quiet);
    canvas.round(graph, 6, look.sunken);
    canvas.within(graph, () => this.#paintGraph(canvas, graph, look));
    canvas.ring(graph, 6, look.line);
    this.#paintBars(canvas, area, look);
  }

  cursorAt(): CursorName {
    return 'arrow';
  }

  tick(): void {
    this.#step();
    this.#host.invalidate({ ...GRAPH, x: GRAPH.x, y: GRAPH.y });
    this.#ticks = (this.#ticks + 1) % TICKS_PER_SECOND;
    // Numbers that change five times a second cannot be read.
    if (this.#ticks === 0) this.#host.invalidate({ x: 24, y: 44, width: 120, height: 20 });
    if (this.#ticks === 0) this.#host.invalidate({ x: 24, y: MEMORY_TOP, width: 332, height: 80 });
  }

  #step(): void {
    if (this.#random() < 0.03) this.#goal = 0.08 + 0.8 * this.#random() ** 2;
    this.#level += (this.#goal - this.#level) * 0.12 + (this.#random() - 0.5) * 0.045;
    this.#level = Math.max(0.02, Math.min(0.97, this.#level));
    this.#cpu.push(this.#level);
    if (this.#cpu.length > SAMPLES) this.#cpu.shift();
    this.#memory = Math.max(0.3, Math.min(0.8, this.#memory + (this.#random() - 0.5) * 0.004));
    this.#received = Math.max(0.05, this.#received + (this.#level * 6 - this.#received) * 0.1);
  }

  #paintGraph(canvas: Canvas, graph: Rect, look: Look): void {
    for (let i = 1; i < 4; i++)
      canvas.fill({ x: graph.x, y: graph.y + (graph.height / 4) * i, width: graph.width, height: 1 }, look.line, 180);
    const step = graph.width / (SAMPLES - 1);
    const top = (i: number) => graph.y + 6 + (1 - (this.#cpu[i] ?? 0)) * (graph.height - 10);
    for (let x = 0; x < graph.width; x++) {
      const at = Math.min(SAMPLES - 2, Math.floor(x / step));
      const share = x / step - at;
      const y = Math.round(top(at) * (1 - share) + top(at + 1) * share);
      canvas.fill({ x: graph.x + x, y, width: 1, height: graph.y + graph.height - y }, look.accent, 34);
    }
    for (let i = 1; i < SAMPLES; i++)
      canvas.line(graph.x + (i - 1) * step, top(i - 1), graph.x + i * step, top(i), 1.7, look.accent);
  }

  #paintBars(canvas: Canvas, area: Rect, look: Look): void {
    const left = area.x + 24;
    const right = area.x + this.width - 24;
    const y = area.y + MEMORY_TOP;
    fonts.text.draw(canvas, 'Memory', left, y + 10, look.quiet);
    const used = `${gib(this.#memory * this.#memoryMib)} of ${gib(this.#memoryMib)} GiB`;
    fonts.text.drawRight(canvas, used, right, y + 10, look.text);
    bar(canvas, { x: left, y: y + 20, width: right - left, height: 6 }, this.#memory, look.accent, look.line);
    fonts.text.draw(canvas, 'Network', left, y + 54, look.quiet);
    fonts.text.drawRight(canvas, `${this.#received.toFixed(1)} MiB/s in`, right, y + 54, look.text);
    bar(canvas, { x: left, y: y + 64, width: right - left, height: 6 }, this.#received / 6, look.accent, look.line);
  }
}

function bar(canvas: Canvas, rect: Rect, share: number, colour: Colour, ground: Colour): void {
  canvas.round(rect, 3, ground);
  canvas.round({ ...rect, width: Math.max(6, Math.round(rect.width * share)) }, 3, colour);
}

const gib = (mib: number): string => (mib / 1024).toFixed(1);
