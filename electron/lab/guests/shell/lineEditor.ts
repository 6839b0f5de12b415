import { characterWidth, textWidth } from './characterWidth.ts';
import type { InputEvent } from './inputDecoder.ts';

export interface LineEditorHost {
  write(text: string): void;
  readonly cols: number;
  /** Completions of the word that ends at the caret. */
  complete(line: string): readonly string[];
}

export type LineOutcome =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'eof' };

const MAX_CHARACTERS = 4096;
const MAX_HISTORY = 500;

/** One line with a prompt, as a person types it. */
export class LineEditor {
  readonly #host: LineEditorHost;
  readonly #history: string[] = [];
  #prompt = '';
  #promptWidth = 0;
  #text: string[] = [];
  #caret = 0;
  /** Row of the terminal's cursor below the prompt's first row. */
  #row = 0;
  #recalled = 0;
  #draft = '';
  #cut = '';

  constructor(host: LineEditorHost) {
    this.#host = host;
  }

  get history(): readonly string[] {
    return this.#history;
  }

  /** Starts a fresh line. `colour` wraps the prompt in escape codes that take no room. */
  start(prompt: string, plainPrompt: string): void {
    this.#prompt = prompt;
    this.#promptWidth = textWidth(plainPrompt);
    this.#text = [];
    this.#caret = 0;
    this.#row = 0;
    this.#recalled = this.#history.length;
    this.#draft = '';
    this.redraw();
  }

  handle(event: InputEvent): LineOutcome | undefined {
    if (event.kind === 'text') this.#insert([...event.text]);
    else return this.#handleKey(event.key);
    return undefined;
  }

  /** Draws the line anew, for instance after a change of size. */
  redraw(): void {
    const up = this.#row > 0 ? `\x1b[${this.#row}A` : '';
    const end = this.#cells(this.#text.length);
    const lastRow = Math.floor(end / this.#host.cols);
    // At the right edge terminals keep the cursor on the old row until something follows.
    const wrap = end > 0 && end % this.#host.cols === 0 ? ' \r' : '';
    this.#host.write(`${up}\r\x1b[J${this.#prompt}${this.#text.join('')}${wrap}`);
    this.#row = lastRow;
    this.#place();
  }

  #handleKey(key: string): LineOutcome | undefined {
    switch (key) {
      case 'enter':
        return this.#finish();
      case 'ctrl-c':
        this.#host.write('^C\r\n');
        return { kind: 'interrupt' };
      case 'ctrl-d':
        if (this.#text.length === 0) return { kind: 'eof' };
        this.#remove(this.#caret, this.#caret + 1);
        break;
      case 'ctrl-l':
        this.#host.write('\x1b[H\x1b[2J');
        this.#row = 0;
        this.redraw();
        break;
      default:
        this.#edit(key);
    }
    return undefined;
  }

  #edit(key: string): void {
    const end = this.#text.length;
    if (key === 'backspace' || key === 'ctrl-h') this.#remove(this.#caret - 1, this.#caret);
    else if (key === 'delete') this.#remove(this.#caret, this.#caret + 1);
    else if (key === 'ctrl-u') this.#cutOut(0, this.#caret);
    else if (key === 'ctrl-k') this.#cutOut(this.#caret, end);
    else if (key === 'ctrl-w') this.#cutOut(this.#wordLeft(), this.#caret);
    else if (key === 'ctrl-y') this.#insert([...this.#cut]);
    else if (key === 'left' || key === 'ctrl-b') this.#moveTo(this.#caret - 1);
    else if (key === 'right' || key === 'ctrl-f') this.#moveTo(this.#caret + 1);
    else if (key === 'home' || key === 'ctrl-a') this.#moveTo(0);
    else if (key === 'end' || key === 'ctrl-e') this.#moveTo(end);
    else if (key === 'word-left') this.#moveTo(this.#wordLeft());
    else if (key === 'word-right') this.#moveTo(this.#wordRight());
    else if (key === 'up' || key === 'ctrl-p') this.#recall(-1);
    else if (key === 'down' || key === 'ctrl-n') this.#recall(1);
    else if (key === 'tab') this.#complete();
  }

  #finish(): LineOutcome {
    this.#moveTo(this.#text.length);
    this.#host.write('\r\n');
    const text = this.#text.join('');
    const isWorthKeeping = text.trim() !== '' && text !== this.#history.at(-1);
    if (isWorthKeeping) this.#history.push(text);
    if (this.#history.length > MAX_HISTORY) this.#history.shift();
    return { kind: 'line', text };
  }

  #insert(characters: readonly string[]): void {
    const added = characters.slice(0, MAX_CHARACTERS - this.#text.length);
    if (added.length === 0) return;
    const isAtEnd = this.#caret === this.#text.length;
    const before = this.#cells(this.#caret);
    this.#text.splice(this.#caret, 0, ...added);
    this.#caret += added.length;
    const after = this.#cells(this.#caret);
    const staysOnRow = Math.floor(before / this.#host.cols) === Math.floor(after / this.#host.cols);
    if (isAtEnd && staysOnRow) this.#host.write(added.join(''));
    else this.redraw();
  }

  #remove(from: number, to: number): void {
    const start = Math.max(0, from);
    const end = Math.min(this.#text.length, to);
    if (start >= end) return;
    this.#text.splice(start, end - start);
    this.#caret = start;
    this.redraw();
  }

  #cutOut(from: number, to: number): void {
    this.#cut = this.#text.slice(from, to).join('');
    this.#remove(from, to);
  }

  #moveTo(at: number): void {
    this.#caret = Math.max(0, Math.min(this.#text.length, at));
    this.#place();
  }

  #wordLeft(): number {
    let at = this.#caret;
    while (at > 0 && this.#text[at - 1] === ' ') at--;
    while (at > 0 && this.#text[at - 1] !== ' ') at--;
    return at;
  }

  #wordRight(): number {
    let at = this.#caret;
    while (at < this.#text.length && this.#text[at] === ' ') at++;
    while (at < this.#text.length && this.#text[at] !== ' ') at++;
    return at;
  }

  #recall(by: number): void {
    const next = this.#recalled + by;
    if (next < 0 || next > this.#history.length) return;
    if (this.#recalled === this.#history.length) this.#draft = this.#text.join('');
    this.#recalled = next;
    this.#text = [...(this.#history[next] ?? this.#draft)];
    this.#caret = this.#text.length;
    this.redraw();
  }

  #complete(): void {
    const line = this.#text.slice(0, this.#caret).join('');
    const word = /\S*$/.exec(line)?.[0] ?? '';
    const found = this.#host.complete(line);
    const shared = found.length > 0 ? found.reduce(commonStart) : word;
    if (shared.length > word.length) this.#insert([...shared.slice(word.length), ...(found.length === 1 ? [' '] : [])]);
    else if (found.length > 1) {
      this.#moveTo(this.#text.length);
      this.#host.write(`\r\n${found.join('  ')}\r\n`);
      this.#row = 0;
      this.redraw();
    }
  }

  /** Cells from the prompt's start to before the character at `at`, with the gap a wide one leaves at the edge. */
  #cells(at: number): number {
    const { cols } = this.#host;
    let cells = this.#promptWidth;
    for (let i = 0; i < at; i++) {
      const width = characterWidth(this.#text[i] ?? '');
      if (width === 2 && cells % cols === cols - 1) cells++;
      cells += width;
    }
    return cells;
  }

  /** Puts the terminal's cursor where the caret is. */
  #place(): void {
    const cells = this.#cells(this.#caret);
    const row = Math.floor(cells / this.#host.cols);
    const column = cells % this.#host.cols;
    const by = row - this.#row;
    const vertical = by < 0 ? `\x1b[${-by}A` : by > 0 ? `\x1b[${by}B` : '';
    this.#row = row;
    this.#host.write(`${vertical}\r${column > 0 ? `\x1b[${column}C` : ''}`);
  }
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}
