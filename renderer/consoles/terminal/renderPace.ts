import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

/** A window's frames, as xterm asks for them. */
export interface FrameWindow {
  requestAnimationFrame(fn: () => void): number;
  cancelAnimationFrame(id: number): void;
}

const floodBytes = 128 * 1024; // parsed since the last picture: some 1,500 lines nobody can read
const floodFrameMs = 100;
const calmMs = 30; // without a byte: the flood is over or waits, and its last picture is due
const hurryMs = 250; // after a key, a flood is parsed and not drawn: what answers the key comes behind it
const tailBytes = 4 * 1024; // so little came at once: a flood's end, such as the prompt after Ctrl-C

/**
 * Draws a flood ten times a second instead of sixty: half of the processor goes into drawing otherwise, and what
 * waits behind the flood, such as the answer to Ctrl-C, waits twice as long. Calm output is drawn in the next frame.
 * Stands between xterm and its window.
 */
export class RenderPace implements FrameWindow, Disposable {
  readonly #clock: Clock;
  readonly #window: () => FrameWindow;
  readonly #waiting = new Map<number, () => void>();
  #lastId = 0;
  #frame: number | undefined;
  #timer: Disposable | undefined;
  #lastPictureMs = 0;
  #lastByteMs = 0;
  #hurryUntilMs = 0;
  #bytes = 0;

  constructor(clock: Clock, window: () => FrameWindow) {
    this.#clock = clock;
    this.#window = window;
  }

  get isFlooded(): boolean {
    return this.#bytes >= floodBytes;
  }

  /** `bytes` came together and are parsed. */
  parsed(bytes: number): void {
    this.#bytes += bytes;
    const isTail = bytes < tailBytes;
    this.#lastByteMs = this.#clock.nowMs() - (isTail ? calmMs : 0);
    if (!isTail || !this.#timer) return;
    this.#timer.dispose();
    this.#timer = undefined;
    this.#plan();
  }

  /** The person did something: its answer is what counts now. */
  hurry(): void {
    this.#hurryUntilMs = this.#clock.nowMs() + hurryMs;
  }

  requestAnimationFrame(fn: () => void): number {
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, fn);
    this.#plan();
    return this.#lastId;
  }

  cancelAnimationFrame(id: number): void {
    this.#waiting.delete(id);
  }

  dispose(): void {
    this.#waiting.clear();
    this.#timer?.dispose();
    if (this.#frame !== undefined) this.#window().cancelAnimationFrame(this.#frame);
  }

  #plan(): void {
    if (this.#frame !== undefined || this.#timer) return;
    const waitMs = this.#waitMs();
    if (waitMs <= 0) {
      this.#frame = this.#window().requestAnimationFrame(() => this.#handleFrame());
      return;
    }
    this.#timer = this.#clock.timer(waitMs, () => {
      this.#timer = undefined;
      this.#plan();
    });
  }

  #waitMs(): number {
    if (!this.isFlooded) return 0;
    const pictureMs = Math.max(this.#lastPictureMs + floodFrameMs, this.#hurryUntilMs);
    return Math.min(pictureMs, this.#lastByteMs + calmMs) - this.#clock.nowMs();
  }

  #handleFrame(): void {
    this.#frame = undefined;
    if (this.#waitMs() > 0) return this.#plan(); // the flood came after the frame was asked for
    this.#bytes = 0;
    this.#lastPictureMs = this.#clock.nowMs();
    const due = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const fn of due) fn();
  }
}
