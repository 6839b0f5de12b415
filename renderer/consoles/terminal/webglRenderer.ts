import type { Terminal } from '@xterm/xterm';

import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { hasHardwareWebgl, webglLeases, type WebglUser } from './webglLease.ts';

/**
 * Draws a terminal with WebGL while it is shown, the hardware does it and a context is free; xterm's DOM renderer
 * does it otherwise. The addon is fetched when first needed.
 */
export class WebglRenderer implements Disposable, WebglUser {
  readonly #terminal: Terminal;
  /** Runs what makes xterm create elements of its own, and fits the terminal to its element afterwards. */
  readonly #switch: (make: () => void) => void;
  #lease: Disposable | undefined;
  #addon: Disposable | undefined;
  #isShown = false;
  #hasFailed = false;

  constructor(terminal: Terminal, switchRenderer: (make: () => void) => void) {
    this.#terminal = terminal;
    this.#switch = switchRenderer;
  }

  setShown(isShown: boolean): void {
    this.#isShown = isShown;
    if (isShown && !this.#hasFailed && hasHardwareWebgl()) this.#lease = webglLeases.take(this);
  }

  /** A context stays black in another window: a new one is made there. */
  moved(): void {
    this.#drop();
    this.setShown(this.#isShown);
  }

  grant(): void {
    void this.#load();
  }

  revoke(): void {
    this.#drop();
  }

  dispose(): void {
    this.#isShown = false;
    this.#drop();
  }

  async #load(): Promise<void> {
    const { WebglAddon } = await import('@xterm/addon-webgl');
    if (!this.#lease || this.#addon) return; // given up meanwhile
    const addon = new WebglAddon();
    addon.onContextLoss(() => {
      this.#hasFailed = true; // the driver is in trouble; it does not get a second context to lose
      this.#drop();
    });
    try {
      const spacing = roundingOf(this.#terminal);
      this.#switch(() => {
        this.#terminal.loadAddon(addon);
        this.#terminal.options.letterSpacing = spacing;
      });
      this.#addon = addon;
    } catch {
      this.#hasFailed = true; // no context to be had; the DOM renderer goes on
      this.#drop();
    }
  }

  #drop(): void {
    this.#lease?.dispose();
    this.#lease = undefined;
    const addon = this.#addon;
    this.#addon = undefined;
    if (!addon) return;
    this.#switch(() => {
      addon.dispose();
      this.#terminal.options.letterSpacing = 0;
    });
  }
}

/**
 * WebGL draws cells of whole device pixels and rounds down, which sets text up to a tenth tighter. This is what to add
 * to have it rounded to the nearest, in device pixels.
 */
function roundingOf(terminal: Terminal): number {
  const screen = terminal.element?.querySelector('.xterm-screen');
  if (!screen) return 0;
  const cellPixels = (screen.clientWidth / terminal.cols) * devicePixelRatio;
  return Math.round(cellPixels) - Math.floor(cellPixels);
}
