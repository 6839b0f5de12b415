import type { LogParser } from './logParser.ts';

/**
 * Hands a log to a parser as it grows. The last line of a log may be half written, and half a line can look whole
 * (`3.4` of `3.40G`): it counts when another follows, or when it was the same in two looks.
 */
export class LogFeed {
  readonly #parser: LogParser;
  #tail: string | undefined;

  constructor(parser: LogParser) {
    this.#parser = parser;
  }

  /** One look: lines that are whole, and the last one. True when it told anything. */
  push(lines: readonly string[], tail: string | undefined): boolean {
    let isTold = false;
    for (const line of lines) isTold = this.#parser.push(line) || isTold;
    const isSettled = tail !== undefined && lines.length === 0 && tail === this.#tail;
    if (isSettled) isTold = this.#parser.push(tail) || isTold;
    this.#tail = tail;
    return isTold;
  }
}
