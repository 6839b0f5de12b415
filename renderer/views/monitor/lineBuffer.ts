const MOST_LINES = 200_000;
/** The start of a log that grows past the bound goes in pieces of this size, so that most lines cost nothing. */
const DROP_LINES = 20_000;

/**
 * The lines of a log in order of arrival. Grows in place, for 100,000 lines are never copied; `first` is the number of
 * the oldest line that is still there, and `version` grows with every change.
 */
export class LineBuffer {
  #lines: string[] = [];
  #first = 0;
  #version = 0;
  readonly #most: number;

  constructor(mostLines = MOST_LINES) {
    this.#most = mostLines;
  }

  get count(): number {
    return this.#lines.length;
  }

  /** Number of lines that fell out at the start. */
  get first(): number {
    return this.#first;
  }

  get version(): number {
    return this.#version;
  }

  add(lines: readonly string[]): void {
    if (lines.length === 0) return;
    for (const line of lines) this.#lines.push(line);
    const over = this.#lines.length - this.#most;
    if (over > 0) {
      const drop = Math.min(this.#lines.length, Math.max(over, Math.min(DROP_LINES, this.#most >> 1)));
      this.#lines.splice(0, drop);
      this.#first += drop;
    }
    this.#version++;
  }

  at(index: number): string {
    return this.#lines[index] ?? '';
  }

  slice(from: number, to: number): string[] {
    return this.#lines.slice(from, to);
  }

  text(): string {
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
  }
}
