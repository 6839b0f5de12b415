import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';

/** What of a terminal is needed to feed it. */
export interface ParsingTerminal {
  /** Takes bytes to parse later; calls back once it did. It keeps nothing of them then. */
  write(data: Uint8Array, callback: () => void): void;
  /** Parses for a few milliseconds. */
  parseNow(): void;
}

export interface TerminalFeedEvents {
  onFirstByte(): void;
  onParsed(bytes: number): void;
  onLost(reason: CloseReason): void;
}

// xterm looks at the clock between pieces only, and parses one in about half a millisecond.
const pieceBytes = 32 * 1024;
const maxUpBytes = 1 << 20; // pasted text; the wire's credit lets 64 KiB of it go at a time
const maxReplyUpBytes = 4 * 1024; // a terminal's own answers, while nobody reads them

/** One stream on a terminal, from `attach` to the loss. Bytes count as consumed when they are parsed. */
export class TerminalFeed implements Disposable {
  readonly #terminal: ParsingTerminal;
  readonly #duplex: ByteDuplex;
  readonly #events: TerminalFeedEvents;
  readonly #tasks = new MessageChannel();
  #hasTask = false;
  #unparsedBytes = 0;
  #upBytes = 0;
  #hasByte = false;
  #isOver = false;

  constructor(terminal: ParsingTerminal, duplex: ByteDuplex, events: TerminalFeedEvents) {
    this.#terminal = terminal;
    this.#duplex = duplex;
    this.#events = events;
    this.#tasks.port1.onmessage = () => this.#work();
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
    for (let at = 0; at < chunk.length; at += pieceBytes) this.#write(chunk.subarray(at, at + pieceBytes));
    this.#plan();
  }

  #write(piece: Uint8Array): void {
    this.#unparsedBytes += piece.length;
    this.#terminal.write(piece, () => {
      this.#unparsedBytes -= piece.length;
      if (this.#isOver) return;
      this.#events.onParsed(piece.length);
      this.#duplex.consumed(piece.length);
    });
  }

  /** One task at a time, so that keys and frames come in between. */
  #plan(): void {
    if (this.#hasTask || this.#unparsedBytes === 0 || this.#isOver) return;
    this.#hasTask = true;
    this.#tasks.port2.postMessage(undefined);
  }

  #work(): void {
    this.#hasTask = false;
    if (this.#unparsedBytes > 0) this.#terminal.parseNow();
    this.#plan();
  }

  #end(reason: CloseReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tasks.port1.close();
    this.#duplex.dispose();
    this.#events.onLost(reason);
  }
}
