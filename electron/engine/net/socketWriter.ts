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

  write(chunk: Uint8Array, done: (() => void) | undefined): void {
    if (done) this.#socket.write(chunk, (error) => (error ? undefined : done()));
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
