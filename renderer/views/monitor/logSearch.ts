import type { LineBuffer } from './lineBuffer.ts';

/**
 * Finds a text in a growing log, a piece at a time: `step` looks at so many lines and says whether there are more. What
 * was looked at once is not looked at again.
 */
export class LogSearch {
  readonly #buffer: LineBuffer;
  readonly #pattern: RegExp | undefined;
  /** Numbers of lines that hold it, counted from the log's own first line. */
  #found: number[] = [];
  #next = 0;

  constructor(buffer: LineBuffer, text: string) {
    this.#buffer = buffer;
    this.#pattern = text === '' ? undefined : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
  }

  get found(): readonly number[] {
    return this.#found;
  }

  step(lines: number): boolean {
    const buffer = this.#buffer;
    if (!this.#pattern) return false;
    this.#forget(buffer.first);
    const end = Math.min(buffer.first + buffer.count, this.#next + lines);
    for (; this.#next < end; this.#next++) {
      if (this.#pattern.test(buffer.at(this.#next - buffer.first))) this.#found.push(this.#next);
    }
    return this.#next < buffer.first + buffer.count;
  }

  /** Index in `found` of the first one at or after a line, or the first of all; -1 where there is none. */
  from(line: number): number {
    if (this.#found.length === 0) return -1;
    const at = this.#found.findIndex((one) => one >= line);
    return at < 0 ? 0 : at;
  }

  /** Where in a line it stands: pairs of start and end. */
  parts(line: string): [from: number, to: number][] {
    if (!this.#pattern) return [];
    const all = new RegExp(this.#pattern.source, 'gi');
    return [...line.matchAll(all)].map((match) => [match.index, match.index + match[0].length]);
  }

  #forget(first: number): void {
    if (this.#next < first) this.#next = first;
    if ((this.#found[0] ?? first) < first) this.#found = this.#found.filter((one) => one >= first);
  }
}
