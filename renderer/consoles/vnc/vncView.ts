import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';
import type { ScaleChoice, VncView, VncViewOptions } from '../consoleView.ts';
import { type Frames, framesOf } from '../frames.ts';
import { KeyGate } from '../keyGate.ts';
import { GuestKeys } from './guestKeys.ts';
import { StillPicture } from './stillPicture.ts';
import { typeText } from './typeText.ts';
import { usKeys } from './usKeys.ts';
import { VncSession } from './vncSession.ts';
import styles from './vncView.module.css';

export function createVncView(host: HTMLElement, options: VncViewOptions & { readonly frames?: Frames }): VncView {
  return new NoVncView(host, options);
}

type Size = { readonly width: number; readonly height: number };

class NoVncView implements VncView {
  readonly #root: HTMLElement;
  readonly #still: StillPicture;
  readonly #frames: Frames;
  readonly #gate: KeyGate;
  readonly #keys = new GuestKeys();
  readonly #sizes: ResizeObserver;
  #session: VncSession | undefined;
  #layer: HTMLElement | undefined;
  #size: Size | undefined;
  #scale: ScaleChoice = 'fit';
  #scalePercent = 100;
  #isViewOnly = false;
  #isTyping = false;
  /** Another one than the page's own, where it was moved to one. */
  #window: Window | undefined;

  readonly #lost = new Emitter<CloseReason>();
  readonly #firstPaint = new Emitter<number>();
  readonly #keyboard = new Emitter<boolean>();
  readonly #sized = new Emitter<Size>();
  readonly #scaled = new Emitter<number>();
  readonly #clipboard = new Emitter<string>();
  readonly onLost = this.#lost.event;
  readonly onFirstPaint = this.#firstPaint.event;
  readonly onKeyboard = this.#keyboard.event;
  readonly onSize = this.#sized.event;
  readonly onScale = this.#scaled.event;
  readonly onClipboard = this.#clipboard.event;

  constructor(host: HTMLElement, options: VncViewOptions & { readonly frames?: Frames }) {
    this.#root = createRoot(host, options.label);
    this.#still = new StillPicture(host.ownerDocument, styles.still ?? '');
    this.#root.append(this.#still.element);
    this.#frames = options.frames ?? framesOf(this.#root);
    this.#gate = new KeyGate(this.#root, options.releaseKey, {
      toGuest: (event) => this.#handleKey(event),
      toPage: () => undefined,
      lift: (codes) => this.#lift(codes),
      giveBack: () => this.#root.blur(),
      onKeyboard: (hasKeyboard) => this.#keyboard.fire(hasKeyboard),
    });
    this.#sizes = new ResizeObserver(() => this.#updateScale()); // of noVNC's canvas, which it sizes in CSS
    // noVNC cancels the default of mouse events, and with it the focus.
    this.#root.addEventListener('pointerdown', () => this.focus(), true);
    this.#root.addEventListener('mouseup', this.#endCapture, true);
    this.#followWindow();
  }

  get size(): Size | undefined {
    return this.#size;
  }

  get scalePercent(): number {
    return this.#scalePercent;
  }

  get hasKeyboard(): boolean {
    return this.#gate.hasKeyboard;
  }

  attach(stream: ByteDuplex): void {
    this.#drop();
    const startMs = performance.now();
    const layer = this.#root.ownerDocument.createElement('div');
    layer.className = styles.layer ?? '';
    layer.dataset.waiting = 'true';
    this.#root.append(layer);
    this.#layer = layer;
    const session: VncSession = new VncSession(layer, stream, this.#frames, {
      onFirstPicture: () => this.#handleFirstPicture(performance.now() - startMs),
      onSize: (width, height) => this.#handleSize({ width, height }),
      onClipboard: (text) => this.#clipboard.fire(text),
      onLost: (reason) => {
        if (this.#session === session) this.#handleLost(session, reason);
      },
    });
    this.#session = session;
    session.rfb.focusOnClick = false;
    session.rfb.background = 'transparent';
    session.rfb.showDotCursor = true; // a text screen has no pointer of its own, and the system's is hidden
    session.rfb.scaleViewport = this.#scale === 'fit';
    session.rfb.viewOnly = this.#isViewOnly;
    this.#sizes.observe(session.rfb.canvas);
    session.start();
  }

  focus(): void {
    this.#root.focus({ preventScroll: true });
  }

  blur(): void {
    this.#root.blur();
  }

  setReleaseKey(code: string): void {
    this.#gate.setReleaseKey(code);
  }

  moved(): void {
    this.#followWindow();
    this.#fit();
  }

  setScale(choice: ScaleChoice): void {
    this.#scale = choice;
    this.#root.dataset.scale = choice;
    if (this.#session) this.#session.rfb.scaleViewport = choice === 'fit';
    this.#updateScale();
  }

  setViewOnly(isViewOnly: boolean): void {
    this.#isViewOnly = isViewOnly;
    this.#updateGate(); // first: noVNC drops releases once it is view only
    if (this.#session) this.#session.rfb.viewOnly = isViewOnly;
  }

  sendCombo(codes: readonly string[]): void {
    const keys = codes.map((code) => {
      const key = usKeys.get(code);
      if (!key) throw new AppError('invalid', `There is no key ${code}.`);
      return key;
    });
    this.#gate.lift();
    for (const key of keys) this.#press(key.keysym, key.code, true);
    for (const key of keys.reverse()) this.#press(key.keysym, key.code, false);
  }

  sendClipboard(text: string): void {
    this.#session?.rfb.clipboardPasteFrom(text);
  }

  async pasteAsKeys(
    text: string,
    options: { signal: AbortSignal; onProgress?: (typed: number, total: number) => void },
  ): Promise<{ readonly skipped: string }> {
    if (this.#isTyping) throw new AppError('busy', 'Text is being typed already. Wait for it or stop it.');
    const session = this.#session;
    if (!session || this.#isViewOnly) return { skipped: text };
    const lost = new AbortController();
    const lostListener = this.#lost.event(() => lost.abort());
    this.#isTyping = true;
    this.#gate.lift();
    try {
      return await typeText(text, {
        ...options,
        signal: AbortSignal.any([options.signal, lost.signal]),
        clock: systemClock,
        press: (keysym, code, isDown) => session.rfb.sendKey(keysym, code, isDown),
        isCapsLockOn: () => session.rfb.isCapsLockOn,
      });
    } finally {
      lostListener.dispose();
      this.#isTyping = false;
    }
  }

  screenshot(): Promise<Blob> {
    const canvas = this.#still.isShown ? this.#still.element : this.#session?.rfb.canvas;
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new AppError('not-found', 'There is no picture yet. Wait for the screen.'));
      if (canvas) canvas.toBlob((blob) => (blob ? resolve(blob) : fail()), 'image/png');
      else fail();
    });
  }

  dispose(): void {
    this.#sizes.disconnect();
    this.#window?.removeEventListener('resize', this.#fit);
    this.#gate.dispose();
    const session = this.#session;
    this.#session = undefined;
    session?.dispose();
    this.#root.remove();
    const emitters = [this.#lost, this.#firstPaint, this.#keyboard, this.#sized, this.#scaled, this.#clipboard];
    for (const emitter of emitters) emitter.dispose();
  }

  #handleKey(event: KeyboardEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!this.#isTyping && this.#session) this.#keys.forward(event, this.#session.rfb.canvas);
  }

  #lift(codes: readonly string[]): void {
    if (this.#session) this.#keys.release(codes, this.#session.rfb.canvas);
  }

  #press(keysym: number, code: string, isDown: boolean): void {
    this.#session?.rfb.sendKey(keysym, code, isDown);
  }

  #updateGate(): void {
    this.#gate.setOpen(!this.#isViewOnly && this.#layer?.dataset.waiting === 'false');
  }

  #handleFirstPicture(ms: number): void {
    if (this.#layer) this.#layer.dataset.waiting = 'false';
    this.#still.clear();
    this.#updateGate();
    this.#updateScale();
    this.#firstPaint.fire(ms);
  }

  #handleSize(size: Size): void {
    if (size.width === this.#size?.width && size.height === this.#size.height) return;
    this.#size = size;
    this.#updateScale();
    this.#sized.fire(size);
  }

  #handleLost(session: VncSession, reason: CloseReason): void {
    this.#keep(session);
    this.#session = undefined;
    this.#layer?.remove();
    this.#layer = undefined;
    this.#lost.fire(reason);
  }

  /** The stream before, if it is still there, goes; its picture stays till the next one. */
  #drop(): void {
    const session = this.#session;
    if (!session) return;
    this.#keep(session);
    this.#session = undefined;
    session.dispose();
    this.#layer?.remove();
    this.#layer = undefined;
  }

  #keep(session: VncSession): void {
    this.#gate.setOpen(false); // lifts held keys while there is still a stream
    this.#sizes.unobserve(session.rfb.canvas);
    if (session.hasPicture) this.#still.take(session.rfb.canvas);
  }

  /** noVNC asks its own window for sizes and frames; that one may be hidden while this view is in another. */
  #followWindow(): void {
    this.#window?.removeEventListener('resize', this.#fit);
    const { defaultView } = this.#root.ownerDocument;
    this.#window = defaultView === window ? undefined : (defaultView ?? undefined);
    this.#window?.addEventListener('resize', this.#fit);
  }

  readonly #fit = (): void => {
    if (this.#session) this.#session.rfb.scaleViewport = this.#scale === 'fit'; // said again, it measures again
    this.#updateScale();
  };

  #updateScale(): void {
    const canvas = this.#session?.rfb.canvas;
    if (!canvas?.width) return;
    const percent = Math.round((canvas.clientWidth / canvas.width) * 100);
    if (percent === this.#scalePercent || percent === 0) return;
    this.#scalePercent = percent;
    this.#scaled.fire(percent);
  }

  /**
   * While a button is held noVNC covers its own window with an invisible element, until a button goes up there. In a
   * pop-out that would be never.
   */
  readonly #endCapture = (event: MouseEvent): void => {
    if (this.#root.ownerDocument === document) return;
    const { clientX, clientY, buttons } = event;
    setTimeout(() => window.dispatchEvent(new MouseEvent('mouseup', { clientX, clientY, buttons })));
  };
}

function createRoot(host: HTMLElement, label: string): HTMLElement {
  const root = host.ownerDocument.createElement('div');
  root.className = styles.root ?? '';
  root.dataset.scale = 'fit';
  root.tabIndex = 0;
  root.setAttribute('role', 'application'); // keys are the guest's
  root.setAttribute('aria-roledescription', 'guest screen');
  root.setAttribute('aria-label', label);
  host.append(root);
  return root;
}
