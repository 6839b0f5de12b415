import type { FlowWindow } from '../../../shared/flow/readWindow.ts';

/** A window for a connection that may be replaced by another before anything is read: it need not end with it. */
export class LentWindow implements FlowWindow {
  /** True: another connection goes on with the window. */
  isNeededAgain = false;
  readonly #inner: FlowWindow;

  constructor(inner: FlowWindow) {
    this.#inner = inner;
  }

  get highBytes(): number {
    return this.#inner.highBytes;
  }

  get unconsumedBytes(): number {
    return this.#inner.unconsumedBytes;
  }

  get isPaused(): boolean {
    return this.#inner.isPaused;
  }

  get roomBytes(): number {
    return this.#inner.roomBytes;
  }

  received(bytes: number): 'go' | 'pause' {
    return this.#inner.received(bytes);
  }

  consumed(bytes: number): 'go' | 'resume' {
    return this.#inner.consumed(bytes);
  }

  dispose(): void {
    if (!this.isNeededAgain) this.#inner.dispose();
  }
}
