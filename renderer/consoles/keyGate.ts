import type { Disposable } from '../../shared/base/lifecycle.ts';
import { KeyGrab, type KeyGrabInput, type KeyGrabStep, keyGrabInput } from './keyGrab.ts';

export interface KeyGateOptions {
  /** Takes a key event that is the guest's. */
  toGuest(event: KeyboardEvent): void;
  /** The page's, though the console has the focus: nothing inside the console may act on it. */
  toPage(event: KeyboardEvent): void;
  /** Releases keys that the guest believes to be held, by `KeyboardEvent.code`. */
  lift(codes: readonly string[]): void;
  /** Moves the focus out of the console. */
  giveBack(): void;
  onKeyboard(hasKeyboard: boolean): void;
}

/**
 * Stands between an element's key events and the guest. While it is closed (no stream, view only) every key is the
 * page's, whoever has the focus.
 */
export class KeyGate implements Disposable {
  readonly #root: HTMLElement;
  readonly #options: KeyGateOptions;
  readonly #grab = new KeyGrab();
  readonly #down = new Set<string>();
  #releaseKey: string;
  #isOpen = false;
  /** What a console does with keys may be events of its own inside the element. */
  #isBusy = false;

  constructor(root: HTMLElement, releaseKey: string, options: KeyGateOptions) {
    this.#root = root;
    this.#releaseKey = releaseKey;
    this.#options = options;
    root.addEventListener('keydown', this.#handleKey, true);
    root.addEventListener('keyup', this.#handleKey, true);
    root.addEventListener('focusin', this.#handleFocus);
    root.addEventListener('focusout', this.#handleBlur);
  }

  get hasKeyboard(): boolean {
    return this.#grab.state !== 'away';
  }

  setReleaseKey(code: string): void {
    this.#releaseKey = code;
  }

  /** Open: the guest takes keys while the console has the focus. */
  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (!isOpen) this.#take('blur');
    else if (this.#root.contains(this.#root.ownerDocument.activeElement)) this.#take('focus');
  }

  /** Releases every held key, as before keys are typed by the program. */
  lift(): void {
    const codes = [...this.#down];
    this.#down.clear();
    this.#busily(() => this.#options.lift(codes));
  }

  dispose(): void {
    this.setOpen(false);
    this.#root.removeEventListener('keydown', this.#handleKey, true);
    this.#root.removeEventListener('keyup', this.#handleKey, true);
    this.#root.removeEventListener('focusin', this.#handleFocus);
    this.#root.removeEventListener('focusout', this.#handleBlur);
  }

  readonly #handleFocus = (): void => {
    if (this.#isOpen) this.#take('focus');
  };

  readonly #handleBlur = (event: FocusEvent): void => {
    if (!this.#root.contains(event.relatedTarget as Node | null)) this.#take('blur');
  };

  readonly #handleKey = (event: KeyboardEvent): void => {
    if (this.#isBusy) return;
    const { to } = this.#take(keyGrabInput(event, this.#releaseKey));
    if (to === 'page') this.#options.toPage(event);
    else if (to === 'guest' && this.#isKnown(event)) this.#busily(() => this.#options.toGuest(event));
    else stop(event);
  };

  #busily(fn: () => void): void {
    this.#isBusy = true;
    try {
      fn();
    } finally {
      this.#isBusy = false;
    }
  }

  /** A key held since before it was the guest's goes on repeating; the guest never saw it go down. */
  #isKnown(event: KeyboardEvent): boolean {
    if (event.type === 'keyup') return this.#down.delete(event.code) || event.code === 'CapsLock';
    if (event.repeat) return this.#down.has(event.code);
    this.#down.add(event.code);
    return true;
  }

  #take(input: KeyGrabInput): KeyGrabStep {
    const had = this.hasKeyboard;
    const move = this.#grab.take(input);
    if (move.lift) this.lift();
    if (move.giveBack) this.#options.giveBack();
    if (had !== this.hasKeyboard) this.#options.onKeyboard(this.hasKeyboard);
    return move;
  }
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}
