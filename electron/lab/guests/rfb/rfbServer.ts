import type { Duplex } from 'node:stream';

import type { Clock } from '../../../../shared/base/clock.ts';
import type { Disposable } from '../../../../shared/base/lifecycle.ts';
import type { Desktop } from '../desktop/desktop.ts';
import { RfbViewer } from './rfbViewer.ts';

/** The viewers of one desktop. */
export class RfbServer implements Disposable {
  readonly #desktop: Desktop;
  readonly #clock: Clock;
  readonly #all = new Set<RfbViewer>();
  readonly #ready = new Set<RfbViewer>();
  readonly #subscription: Disposable;

  constructor(desktop: Desktop, clock: Clock) {
    this.#desktop = desktop;
    this.#clock = clock;
    this.#subscription = desktop.onChange((change) => {
      for (const viewer of this.#ready) viewer.handleChange(change);
    });
  }

  get viewerCount(): number {
    return this.#ready.size;
  }

  /** Speaks RFB on the stream until it ends; `password` is good for this connection only. */
  accept(stream: Duplex, password: string): void {
    const events = {
      onReady: (viewer: RfbViewer, isShared: boolean) => this.#admit(viewer, isShared),
      onCursor: () => this.#updatePointer(),
      onClose: (viewer: RfbViewer) => this.#forget(viewer),
    };
    this.#all.add(new RfbViewer(stream, password, this.#desktop, events, this.#clock));
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const viewer of this.#all) viewer.dispose();
  }

  #admit(viewer: RfbViewer, isShared: boolean): void {
    if (!isShared) for (const other of this.#ready) other.dispose();
    this.#ready.add(viewer);
    this.#desktop.setWatched(true);
  }

  #forget(viewer: RfbViewer): void {
    this.#all.delete(viewer);
    this.#ready.delete(viewer);
    this.#updatePointer();
    if (this.#ready.size === 0) this.#desktop.setWatched(false);
  }

  #updatePointer(): void {
    this.#desktop.setPointerDrawn([...this.#ready].some((viewer) => viewer.drawsNoCursor));
  }
}
