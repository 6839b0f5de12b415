import { Duplex } from 'node:stream';

// Held for one viewer before programs have to wait; at 1 Gbit/s half a millisecond.
const HIGH_BYTES = 64 << 10;
// Echo and prompts do not wait. A viewer that read nothing of this much is not there any more.
const LOST_BYTES = 4 << 20;

export interface HubEvents {
  onInput(bytes: Uint8Array): void;
  onViewer(write: (text: string) => void): void;
}

/** One viewer's stream. What was not asked for yet stays in `queue`, where an interrupt can still drop it. */
class ViewerStream extends Duplex {
  queuedBytes = 0;
  readonly #queue: Uint8Array[] = [];
  readonly #events: HubEvents;
  readonly #onRoom: () => void;
  #isWanted = false;

  constructor(events: HubEvents, onRoom: () => void) {
    // Node's own buffer holds one chunk at most.
    super({ readableHighWaterMark: 1, allowHalfOpen: false });
    this.#events = events;
    this.#onRoom = onRoom;
  }

  send(bytes: Uint8Array): void {
    // Node does not ask for more after an empty chunk: whatever came behind it would never go out.
    if (this.destroyed || this.readableEnded || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.queuedBytes += bytes.length;
    if (this.queuedBytes > LOST_BYTES) this.destroy();
    else this.#deliver();
  }

  /** Forgets what was not taken yet. */
  discard(): void {
    this.#queue.length = 0;
    this.queuedBytes = 0;
    this.#onRoom();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#events.onInput(chunk);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.discard();
    done(error);
  }

  #deliver(): void {
    if (!this.#isWanted) return;
    const bytes = this.#queue.shift();
    if (!bytes) return;
    this.#isWanted = false;
    this.queuedBytes -= bytes.length;
    this.push(bytes);
    this.#onRoom();
  }
}

/** Everybody who looks at one terminal: all see the same and all may type. Programs go as fast as the slowest reads. */
export class TerminalHub {
  readonly #events: HubEvents;
  readonly #viewers = new Set<ViewerStream>();
  #waiting: (() => void)[] = [];

  constructor(events: HubEvents) {
    this.#events = events;
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  open(): Duplex {
    const viewer: Duplex & ViewerStream = new ViewerStream(this.#events, () => this.#wake());
    this.#viewers.add(viewer);
    viewer.on('close', () => {
      this.#viewers.delete(viewer);
      this.#wake();
    });
    viewer.on('error', () => viewer.destroy());
    this.#events.onViewer((text) => viewer.send(Buffer.from(text)));
    this.#wake();
    return viewer;
  }

  write(bytes: Uint8Array): void {
    for (const viewer of this.#viewers) viewer.send(bytes);
  }

  /** True while somebody looks and nobody is behind. */
  get hasRoom(): boolean {
    return this.#viewers.size > 0 && [...this.#viewers].every((viewer) => viewer.queuedBytes < HIGH_BYTES);
  }

  /** Calls once there is room, or at the next interrupt's `drop`. */
  onRoom(listener: () => void): void {
    this.#waiting.push(listener);
  }

  /** Forgets what nobody has taken yet. */
  drop(): void {
    for (const viewer of this.#viewers) viewer.discard();
  }

  /** Ends every viewer's stream; what it has not taken by now is lost. */
  close(): void {
    for (const viewer of this.#viewers) {
      viewer.discard();
      viewer.push(null);
      viewer.end();
    }
  }

  #wake(): void {
    if (!this.hasRoom && this.#viewers.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const listener of waiting) listener();
  }
}
