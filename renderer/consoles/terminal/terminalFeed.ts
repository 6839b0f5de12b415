import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';

/** What of xterm's Terminal is needed to feed it. */
export interface ParsingTerminal {
  write(data: Uint8Array, callback: () => void): void;
}

export interface TerminalFeedEvents {
  onFirstByte(): void;
  onLost(reason: CloseReason): void;
}

// xterm looks at the clock between pieces only, and parses one in about a millisecond.
const pieceBytes = 8 * 1024;
const maxUpBytes = 1 << 20; // pasted text; the wire's credit lets 64 KiB of it go at a time
const maxReplyUpBytes = 4 * 1024; // a terminal's own answers, while nobody reads them

/** One stream on a terminal, from `attach` to the loss. Bytes count as consumed when they are parsed. */
export class TerminalFeed implements Disposable {
  readonly #terminal: ParsingTerminal;
  readonly #duplex: ByteDuplex;
  readonly #events: TerminalFeedEvents;
  #upBytes = 0;
  #hasByte = false;
  #isOver = false;

  constructor(terminal: ParsingTerminal, duplex: ByteDuplex, events: TerminalFeedEvents) {
    this.#terminal = terminal;
    this.#duplex = duplex;
    this.#events = events;
    duplex.onData((chunk) => this.#handleData(chunk));
    duplex.onEnd(() => duplex.end());
    duplex.onClose((reason) => this.#end(reason));
  }

  start(): void {
    this.#duplex.start();
  }

  /** What the person typed or pasted. False: too much is on its way already, and nothing was sent. */
  send(bytes: Uint8Array): boolean {
    if (this.#isOver || this.#upBytes + bytes.length > maxUpBytes) return false;
    this.#upBytes += bytes.length;
    this.#duplex.write(bytes, () => {
      this.#upBytes -= bytes.length;
    });
    return true;
  }

  /** What the terminal answers by itself. Dropped when the guest asks and does not read. */
  reply(bytes: Uint8Array): void {
    if (this.#upBytes < maxReplyUpBytes) this.send(bytes);
  }

  dispose(): void {
    this.#end({ kind: 'closed' });
  }

  #handleData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#hasByte) {
      this.#hasByte = true;
      this.#events.onFirstByte();
    }
    for (let at = 0; at < chunk.length; at += pieceBytes) this.#parse(chunk.subarray(at, at + pieceBytes));
  }

  /** xterm decodes while it parses and keeps nothing of the piece after its callback. */
  #parse(piece: Uint8Array): void {
    this.#terminal.write(piece, () => {
      if (!this.#isOver) this.#duplex.consumed(piece.length);
    });
  }

  #end(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#duplex.dispose();
    this.#events.onLost(reason);
  }
}
