import { createConnection, createServer, type Server, type Socket } from 'node:net';

const host = '127.0.0.1';

/** Passes connections on to a port. After some bytes of the first one it reads nothing from either side until told. */
export class StallingDoor {
  bytes = 0;
  #phase: 'before' | 'stalled' | 'after' = 'before';
  readonly #afterBytes: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(toPort: number, afterBytes: number) {
    this.#afterBytes = afterBytes;
    this.#server = createServer((from) => this.#join(from, createConnection({ host, port: toPort })));
  }

  static open(toPort: number, afterBytes: number): Promise<StallingDoor> {
    const door = new StallingDoor(toPort, afterBytes);
    return new Promise((resolve) => door.#server.listen(0, host, () => resolve(door)));
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get isStalled(): boolean {
    return this.#phase === 'stalled';
  }

  goOn(): void {
    this.#phase = 'after';
    for (const socket of this.#sockets) socket.resume();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #join(from: Socket, to: Socket): void {
    this.#pass(from, to, (chunk) => this.#count(chunk));
    this.#pass(to, from, () => undefined);
  }

  #pass(from: Socket, to: Socket, onChunk: (chunk: Buffer) => void): void {
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk)) from.pause();
      onChunk(chunk);
    });
    to.on('drain', () => this.isStalled || from.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
  }

  #count(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#phase !== 'before' || this.bytes < this.#afterBytes) return;
    this.#phase = 'stalled';
    for (const socket of this.#sockets) socket.pause();
  }
}
