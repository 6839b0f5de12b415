import type { Socket } from 'node:net';

/** The writing side of a socket. */
export interface SocketWriter {
  /** Written and not handed to the system yet. */
  readonly queuedBytes: number;
  write(chunk: Uint8Array, done: (() => void) | undefined): void;
  cork(): void;
  uncork(): void;
  /** Half-closes behind what is queued. */
  end(): void;
}

/** Node's own way: right for every socket. */
export class StreamWriter implements SocketWriter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Node 20 tells a write that a destroyed socket never made as made: no error, so the socket itself is asked. */
  write(chunk: Uint8Array, done: (() => void) | undefined): void {
    if (done) this.#socket.write(chunk, (error) => (error || this.#socket.destroyed ? undefined : done()));
    else this.#socket.write(chunk);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  end(): void {
    this.#socket.end();
  }
}
