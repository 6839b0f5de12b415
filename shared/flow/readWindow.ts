import { AppError } from '../base/errors.ts';
import type { Disposable } from '../base/lifecycle.ts';

/**
 * What a source may have delivered and not yet had consumed. A source asks it after every chunk and every `consumed`,
 * so whoever hands out the window (a budget) may change its size at any time.
 */
export interface FlowWindow extends Disposable {
  /** Where reading pauses, as of now. */
  readonly highBytes: number;
  readonly unconsumedBytes: number;
  readonly isPaused: boolean;
  /** How many bytes the next read should bring at most; 0 while paused. */
  readonly roomBytes: number;
  /** Counts a chunk. `pause`: stop reading now (said again for a chunk that was under way). */
  received(bytes: number): 'go' | 'pause';
  /** Counts an acknowledgement. `resume`: start reading again. Throws when more is acknowledged than was received. */
  consumed(bytes: number): 'go' | 'resume';
}

/** A window of fixed size: pauses at `highBytes`, resumes at `lowBytes`. */
export class ReadWindow implements FlowWindow {
  #highBytes: number;
  #lowBytes: number;
  #unconsumedBytes = 0;
  #isPaused = false;
  #isDisposed = false;

  constructor(marks: { readonly highBytes: number; readonly lowBytes: number }) {
    checkMarks(marks.highBytes, marks.lowBytes);
    this.#highBytes = marks.highBytes;
    this.#lowBytes = marks.lowBytes;
  }

  get highBytes(): number {
    return this.#highBytes;
  }

  get unconsumedBytes(): number {
    return this.#unconsumedBytes;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get roomBytes(): number {
    return this.#isPaused ? 0 : Math.max(0, this.#highBytes - this.#unconsumedBytes);
  }

  received(bytes: number): 'go' | 'pause' {
    if (this.#isDisposed) return 'pause';
    this.#unconsumedBytes += bytes;
    if (this.#unconsumedBytes >= this.#highBytes) this.#isPaused = true;
    return this.#isPaused ? 'pause' : 'go';
  }

  consumed(bytes: number): 'go' | 'resume' {
    if (this.#isDisposed) return 'go';
    checkConsumed(bytes, this.#unconsumedBytes);
    this.#unconsumedBytes -= bytes;
    return this.#resumeBelowLow();
  }

  /** Changes the size while it runs. `pause` and `resume` say what the source must do now. */
  resize(highBytes: number, lowBytes: number): 'go' | 'pause' | 'resume' {
    checkMarks(highBytes, lowBytes);
    this.#highBytes = highBytes;
    this.#lowBytes = lowBytes;
    if (this.#unconsumedBytes >= highBytes) {
      this.#isPaused = true;
      return 'pause';
    }
    return this.#resumeBelowLow();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#unconsumedBytes = 0;
  }

  #resumeBelowLow(): 'go' | 'resume' {
    if (!this.#isPaused || this.#unconsumedBytes > this.#lowBytes) return 'go';
    this.#isPaused = false;
    return 'resume';
  }
}

/** Throws unless `bytes` is a count that was really delivered. */
export function checkConsumed(bytes: number, unconsumedBytes: number): void {
  if (bytes >= 0 && bytes <= unconsumedBytes) return;
  throw new AppError('internal', `${bytes} bytes were acknowledged where ${unconsumedBytes} were delivered.`);
}

function checkMarks(highBytes: number, lowBytes: number): void {
  if (highBytes > 0 && lowBytes >= 0 && lowBytes < highBytes) return;
  throw new AppError('internal', `A window with marks ${highBytes} and ${lowBytes} was asked for.`);
}
