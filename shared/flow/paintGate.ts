import type { Disposable } from '../base/lifecycle.ts';

/** What a view knows of its window's frames. */
export interface Frames {
  /** A hidden window paints nothing. */
  readonly isHidden: boolean;
  /** Calls `fn` once with the next animation frame. Never comes while hidden. */
  request(fn: () => void): Disposable;
}

/**
 * Acknowledges bytes once they were painted: with the next frame, or at once in a hidden window, which gets no frames
 * and would otherwise stop its stream. Tell it with `handleVisibility` when the window is hidden or shown.
 */
export class PaintGate implements Disposable {
  readonly #frames: Frames;
  readonly #consume: (bytes: number) => void;
  #waitingBytes = 0;
  #request: Disposable | undefined;

  constructor(frames: Frames, consume: (bytes: number) => void) {
    this.#frames = frames;
    this.#consume = consume;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** These bytes were parsed; the next frame shows them. */
  add(bytes: number): void {
    this.#waitingBytes += bytes;
    if (this.#frames.isHidden) return this.#flush();
    this.#request ??= this.#frames.request(() => this.#flush());
  }

  handleVisibility(): void {
    if (this.#frames.isHidden) this.#flush();
  }

  dispose(): void {
    this.#request?.dispose();
    this.#request = undefined;
    this.#waitingBytes = 0;
  }

  #flush(): void {
    this.#request?.dispose();
    this.#request = undefined;
    const bytes = this.#waitingBytes;
    this.#waitingBytes = 0;
    if (bytes > 0) this.#consume(bytes);
  }
}
