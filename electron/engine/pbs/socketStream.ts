import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A socket that HTTP/2 sees as a stream and nothing more. Given the socket itself, Node's HTTP/2 takes its handle and
 * stops reading while it writes: where that write meets a reset, neither the write's failure nor the end of the
 * connection is told to anybody (seen with Node 24: a session with a dead socket under it waits for ever). Read by us,
 * the socket's own errors and its end are news.
 */
export class SocketStream extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
