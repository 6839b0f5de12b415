const BUFFER_BYTES = 4096;
const [ZERO, ONE, TWO, COLON] = Buffer.from('012:') as unknown as [number, number, number, number];

export interface TerminalSink {
  /** False: no more before the drain. The bytes were taken in either case. */
  write(bytes: Buffer): boolean;
  resize(cols: number, rows: number): void;
}

interface Waiting {
  bytes: Buffer;
  readonly done: () => void;
}

/**
 * termproxy's reading side (PVE wire facts 4.3): `0:<bytes>:<payload>`, `1:<cols>:<rows>:` and `2`. It has one buffer
 * of 4,096 bytes and takes the type before it knows that the header is complete, so a header cut by the end of what
 * has arrived is lost. Kept as it is, faults included, unless `lostHeaders` is off.
 */
export class TerminalInput {
  readonly #sink: TerminalSink;
  readonly #losesHeaders: () => boolean;
  readonly #waiting: Waiting[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #payloadLeft = 0;
  #isBlocked = true; // till the first `handleDrain`: the terminal is not open yet

  constructor(sink: TerminalSink, losesHeaders: () => boolean) {
    this.#sink = sink;
    this.#losesHeaders = losesHeaders;
  }

  /** `done` once all of it is in the buffer or beyond. */
  push(bytes: Buffer, done: () => void): void {
    this.#waiting.push({ bytes, done });
    this.#pump();
  }

  handleDrain(): void {
    this.#isBlocked = false;
    this.#pump();
  }

  #pump(): void {
    do {
      this.#drainBuffer();
    } while (this.#fill());
  }

  /** Moves from one arrived piece, or from several while the terminal blocks, into the buffer. True: some moved. */
  #fill(): boolean {
    let moved = false;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const room = BUFFER_BYTES - this.#buffer.length;
      if (room === 0 || (moved && !this.#isBlocked)) return moved;
      const piece = next.bytes.subarray(0, room);
      this.#buffer = Buffer.concat([this.#buffer, piece]);
      next.bytes = next.bytes.subarray(piece.length);
      moved = true;
      if (next.bytes.length > 0) continue;
      this.#waiting.shift();
      next.done();
    }
    return moved;
  }

  #drainBuffer(): void {
    while (!this.#isBlocked) {
      if (this.#payloadLeft === 0) this.#payloadLeft = this.#readHeaders();
      if (this.#payloadLeft === 0 || this.#buffer.length === 0) return;
      const payload = this.#take(Math.min(this.#payloadLeft, this.#buffer.length));
      this.#payloadLeft -= payload.length;
      this.#isBlocked = !this.#sink.write(payload);
    }
  }

  #take(count: number): Buffer {
    const taken = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  /** Handles all complete messages without payload; gives the payload length of the first that has one, else 0. */
  #readHeaders(): number {
    while (this.#buffer.length >= 2) {
      const type = this.#buffer[0];
      const isHeader = (type === ZERO || type === ONE) && this.#buffer[1] === COLON;
      if (!isHeader) {
        this.#take(1); // a ping, or anything else: skipped byte by byte
        continue;
      }
      if (!this.#losesHeaders() && !this.#isHeaderWhole(type === ZERO ? 2 : 3)) return 0;
      this.#take(2);
      const first = this.#readNumber();
      if (type === ZERO && first !== undefined && first > 0) return first;
      if (type !== ONE || first === undefined) continue;
      const rows = this.#readNumber();
      if (rows !== undefined) this.#sink.resize(first, rows);
    }
    if (this.#buffer.length === 1 && this.#buffer[0] === TWO) this.#take(1);
    return 0;
  }

  #isHeaderWhole(colons: number): boolean {
    let at = -1;
    for (let count = 0; count < colons; count += 1) {
      at = this.#buffer.indexOf(COLON, at + 1);
      if (at < 0) return false;
    }
    return true;
  }

  #readNumber(): number | undefined {
    const end = this.#buffer.indexOf(COLON);
    if (end < 0) return undefined;
    const digits = this.#take(end).toString('latin1');
    this.#take(1);
    return /^\d+$/.test(digits) ? Number(digits) : undefined;
  }
}
