import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const host = '127.0.0.1';
const QUEUE_BYTES = 1 << 20; // in the line each way; then its source waits

export interface Roughness {
  /** One way. */
  readonly delayMs?: number;
  /** Up to so much more, never out of order. */
  readonly jitterMs?: number;
  /** One way. */
  readonly bytesPerSecond?: number;
  /**
   * Loss, as far as it shows above TCP: what was lost is sent again, and all behind it waits. `every` so many bytes, on
   * average, it takes `forMs` longer.
   */
  readonly loss?: { readonly every: number; readonly forMs: number };
  /** The same number, the same line. */
  readonly seed?: number;
}

/** A line that is slow, unsteady and loses packets, in front of a port of this machine. Not every kernel has netem. */
export class RoughLine {
  acceptedConnections = 0;
  /** Times that something was lost. */
  losses = 0;
  readonly #roughness: Roughness;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(toPort: number, roughness: Roughness) {
    this.#roughness = roughness;
    this.#random = seeded(roughness.seed ?? 1);
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
      this.acceptedConnections += 1;
      const far = connect({ port: toPort, host, noDelay: true, allowHalfOpen: true });
      this.#pass(near, far);
      this.#pass(far, near);
    });
  }

  static open(toPort: number, roughness: Roughness): Promise<RoughLine> {
    const line = new RoughLine(toPort, roughness);
    return new Promise((resolve) => line.#server.listen(0, host, () => resolve(line)));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `${host}:${this.port}`;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** One way. What is written behind a slow reader counts as in the line, so that it waits, too. */
  #pass(from: Socket, to: Socket): void {
    let queuedBytes = 0;
    let freeAtMs = 0; // the line's head: the last byte went in
    let lastAtMs = 0; // the line's tail: the last byte comes out
    const arrivals: (() => void)[] = []; // timers of the same moment may fire in any order, bytes may not
    const send = (bytes: number, arrive: () => void) => {
      const nowMs = performance.now();
      const { delayMs = 0, jitterMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = this.#roughness;
      freeAtMs = Math.max(freeAtMs, nowMs) + (bytes * 1000) / bytesPerSecond;
      lastAtMs = Math.max(lastAtMs, freeAtMs + delayMs + jitterMs * this.#random() + this.#lossMs(bytes));
      arrivals.push(arrive);
      setTimeout(() => arrivals.shift()?.(), lastAtMs - nowMs);
    };
    from.on('data', (chunk: Buffer) => {
      queuedBytes += chunk.length;
      if (queuedBytes >= QUEUE_BYTES) from.pause();
      const leave = () => {
        queuedBytes -= chunk.length;
        if (queuedBytes < QUEUE_BYTES) from.resume();
      };
      send(chunk.length, () => (to.destroyed ? leave() : to.write(chunk, leave)));
    });
    from.on('end', () => send(0, () => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => this.#sockets.delete(from));
    this.#sockets.add(from);
  }

  #lossMs(bytes: number): number {
    const { loss } = this.#roughness;
    if (!loss || this.#random() > bytes / loss.every) return 0;
    this.losses += 1;
    return loss.forMs;
  }
}

/** Numbers from 0 to 1 that look random and are the same each time: a linear congruential generator. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
