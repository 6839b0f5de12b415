import type { Parser } from './clientMessages.ts';

/** Feeds a parser whatever arrives, however it is cut. Holds at most what the parser asked for. */
export class ParserFeed {
  readonly #parser: Parser<void>;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wanted = 0;
  #isDone = false;

  constructor(parser: Parser<void>) {
    this.#parser = parser;
    this.#step(parser.next());
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Throws what the parser throws. */
  push(chunk: Buffer): void {
    let at = 0;
    while (!this.#isDone && at < chunk.length) {
      const part = chunk.subarray(at, at + this.#wanted - this.#heldBytes);
      at += part.length;
      this.#held.push(part);
      this.#heldBytes += part.length;
      if (this.#heldBytes < this.#wanted) return;
      const bytes = this.#held.length === 1 ? part : Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
      this.#step(this.#parser.next(bytes));
    }
  }

  #step(result: IteratorResult<number, void>): void {
    if (result.done) this.#isDone = true;
    else this.#wanted = result.value;
  }
}
