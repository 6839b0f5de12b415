import type { CursorName } from '../rfb/cursors.ts';
import type { Canvas } from './canvas.ts';
import { fonts } from './font.ts';
import { keysyms } from './keys.ts';
import type { KeyPress, Pane, PaneHost } from './pane.ts';
import type { Rect } from './rect.ts';
import type { Look } from './theme.ts';

const INSET = 24;
const TEXT_TOP = 108;
const FOOTER = 30;
const LINE = 20;
const MAX_CHARACTERS = 20_000;

interface Line {
  readonly from: number;
  readonly to: number;
}

/** A page to type on. */
export class NotesPane implements Pane {
  readonly title = 'Notes';
  readonly width = 448;
  readonly height = 352;
  readonly #host: PaneHost;
  readonly #heading: string;
  readonly #subtitle: string;
  #text: string[];
  #caret: number;
  #isCaretLit = true;
  #typed = 0;

  constructor(host: PaneHost, heading: string, subtitle: string, text: string) {
    this.#host = host;
    this.#heading = heading;
    this.#subtitle = subtitle;
    this.#text = [...text];
    this.#caret = this.#text.length;
  }

  get text(): string {
    return this.#text.join('');
  }

  paint(canvas: Canvas, area: Rect, look: Look): void {
    const left = area.x + INSET;
    fonts.title.draw(canvas, this.#heading, left, area.y + 44, look.text);
    fonts.text.draw(canvas, this.#subtitle, left, area.y + 68, look.quiet);
    const page = {
      x: area.x,
      y: area.y + TEXT_TOP - 16,
      width: this.width,
      height: this.height - TEXT_TOP - FOOTER + 12,
    };
    canvas.within(page, () => this.#paintText(canvas, left, area.y, look));
    this.#paintFooter(canvas, area, look);
  }

  cursorAt(_x: number, y: number): CursorName {
    return y > TEXT_TOP - 16 && y < this.height - FOOTER ? 'beam' : 'arrow';
  }

  handlePress(x: number, y: number): void {
    const lines = this.#lines();
    const row = Math.floor((y - TEXT_TOP + 14) / LINE) + this.#firstRow(lines);
    const line = lines[Math.max(0, Math.min(lines.length - 1, row))];
    if (!line) return;
    let at = line.from;
    let column = INSET;
    while (at < line.to && column + fonts.text.measure(this.#text[at] ?? '') / 2 < x) {
      column += fonts.text.measure(this.#text[at] ?? '');
      at++;
    }
    this.#moveTo(at);
  }

  handleKey(press: KeyPress): void {
    if (press.hasControl) this.#shortcut(press.text.toLowerCase());
    else if (press.text) this.#insert(press.text);
    else this.#edit(press.keysym);
  }

  /** The caret blinks once a second. */
  tick(nowMs: number): void {
    const isLit = nowMs % 1000 < 600;
    if (isLit === this.#isCaretLit) return;
    this.#isCaretLit = isLit;
    const { x, y } = this.#caretPlace(this.#lines());
    this.#host.invalidate({ x: x - 1, y: y - 14, width: 4, height: 20 });
  }

  #shortcut(letter: string): void {
    if (letter === 'c') this.#host.copyText(this.text);
    else if (letter === 'v') this.#insert(this.#host.clipboard.replaceAll('\r\n', '\n'));
    else if (letter === 'a') this.#moveTo(0);
    else if (letter === 'e') this.#moveTo(this.#text.length);
    else if (letter === 'u') this.#replace(0, this.#caret, '');
  }

  #edit(keysym: number): void {
    const end = this.#text.length;
    if (keysym === keysyms.enter || keysym === keysyms.keypadEnter) this.#insert('\n');
    else if (keysym === keysyms.tab) this.#insert('  ');
    else if (keysym === keysyms.backspace) this.#replace(Math.max(0, this.#caret - 1), this.#caret, '');
    else if (keysym === keysyms.delete) this.#replace(this.#caret, Math.min(end, this.#caret + 1), '');
    else if (keysym === keysyms.left) this.#moveTo(Math.max(0, this.#caret - 1));
    else if (keysym === keysyms.right) this.#moveTo(Math.min(end, this.#caret + 1));
    else if (keysym === keysyms.up) this.#moveRow(-1);
    else if (keysym === keysyms.down) this.#moveRow(1);
    else if (keysym === keysyms.home) this.#moveTo(this.#line(this.#lines()).from);
    else if (keysym === keysyms.end) this.#moveTo(this.#line(this.#lines()).to);
  }

  #insert(text: string): void {
    const room = MAX_CHARACTERS - this.#text.length;
    const added = [...text].slice(0, Math.max(0, room));
    this.#typed += added.length;
    this.#replace(this.#caret, this.#caret, added.join(''));
  }

  #replace(from: number, to: number, text: string): void {
    const characters = [...text];
    this.#text.splice(from, to - from, ...characters);
    this.#moveTo(from + characters.length);
  }

  #moveTo(at: number): void {
    this.#caret = at;
    this.#isCaretLit = true;
    this.#host.invalidate({ x: 0, y: TEXT_TOP - 16, width: this.width, height: this.height - TEXT_TOP + 16 });
  }

  #moveRow(by: number): void {
    const lines = this.#lines();
    const here = this.#line(lines);
    const next = lines[lines.indexOf(here) + by];
    if (next) this.#moveTo(Math.min(next.to, next.from + this.#caret - here.from));
  }

  /** Breaks at words; a line ends before its newline or blank. */
  #lines(): Line[] {
    const room = this.width - 2 * INSET;
    const lines: Line[] = [];
    let from = 0;
    let width = 0;
    let blank = -1;
    for (let at = 0; at < this.#text.length; at++) {
      const character = this.#text[at] as string;
      if (character === '\n') {
        lines.push({ from, to: at });
        [from, width, blank] = [at + 1, 0, -1];
        continue;
      }
      if (character === ' ') blank = at;
      width += fonts.text.measure(character);
      if (width <= room || character === ' ') continue;
      const to = blank > from ? blank + 1 : at;
      lines.push({ from, to: blank > from ? blank : at });
      width = fonts.text.measure(this.#text.slice(to, at + 1).join(''));
      [from, blank] = [to, -1];
    }
    lines.push({ from, to: this.#text.length });
    return lines;
  }

  #line(lines: readonly Line[]): Line {
    return lines.findLast((line) => line.from <= this.#caret) ?? { from: 0, to: 0 };
  }

  #firstRow(lines: readonly Line[]): number {
    const rows = Math.floor((this.height - TEXT_TOP - FOOTER) / LINE);
    return Math.max(0, lines.indexOf(this.#line(lines)) - rows + 1);
  }

  #caretPlace(lines: readonly Line[]): { x: number; y: number } {
    const line = this.#line(lines);
    const before = this.#text.slice(line.from, this.#caret).join('');
    const row = lines.indexOf(line) - this.#firstRow(lines);
    return { x: INSET + fonts.text.measure(before), y: TEXT_TOP + row * LINE };
  }

  #paintText(canvas: Canvas, left: number, top: number, look: Look): void {
    const lines = this.#lines();
    const first = this.#firstRow(lines);
    lines.slice(first).forEach((line, row) => {
      const y = top + TEXT_TOP + row * LINE;
      if (y > top + this.height - FOOTER) return;
      fonts.text.draw(canvas, this.#text.slice(line.from, line.to).join(''), left, y, look.text);
    });
    if (!this.#isCaretLit) return;
    const caret = this.#caretPlace(lines);
    canvas.fill({ x: left - INSET + caret.x, y: top + caret.y - 12, width: 2, height: 16 }, look.accent);
  }

  #paintFooter(canvas: Canvas, area: Rect, look: Look): void {
    const y = area.y + this.height - FOOTER;
    canvas.fill({ x: area.x, y, width: this.width, height: 1 }, look.line);
    const words = this.text.split(/\s+/).filter((word) => word !== '').length;
    fonts.small.draw(canvas, `${words} words`, area.x + INSET, y + 19, look.quiet);
    const typed = this.#typed === 1 ? '1 character typed' : `${this.#typed} characters typed`;
    if (this.#typed > 0) fonts.small.drawRight(canvas, typed, area.x + this.width - INSET, y + 19, look.quiet);
  }
}
