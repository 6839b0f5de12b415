import type { Event } from '../../shared/base/event.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../shared/flow/duplex.ts';

/**
 * A guest's screen or shell inside an element. It outlives its stream: after a loss it keeps the last picture or the
 * scrollback and is given the stream of the new console with `attach`. It never sees the wire.
 *
 * Keys. A console with the focus takes every key, also those that are shortcuts of the page: their events do not
 * reach the window. The release key alone gives the keyboard back (`onKeyboard(false)`; the page then puts the focus
 * where it wants it). Held with another key it lets that key's event through to the page, not cancelled, as the
 * browser sent it: with Right Ctrl `ctrlKey` is true, also for a plain F11.
 *
 * The element. The view fills it and follows its size. Hide it with `display: none` or by taking it out of the
 * document: the stream goes on being read, so the guest never waits for a view that nobody sees. Into another window
 * it may be moved as it is; call `moved()` then.
 */
export interface ConsoleView extends Disposable {
  /** Takes over a stream that was not started yet, in place of the one before. Held keys are released first. */
  attach(stream: ByteDuplex): void;
  /** The stream ended or failed; the view stays, grey, and takes no keys. */
  readonly onLost: Event<CloseReason>;
  /** First picture or first byte after each `attach`, with milliseconds since it. */
  readonly onFirstPaint: Event<number>;
  /** The console got or gave back the keyboard. */
  readonly onKeyboard: Event<boolean>;
  readonly hasKeyboard: boolean;
  focus(): void;
  /** Gives the keyboard back and releases every held key. */
  blur(): void;
  /** `KeyboardEvent.code` of the key that gives the keyboard back. */
  setReleaseKey(code: string): void;
  /** The element is in another window now (a pop-out, or back again). */
  moved(): void;
}

export type ScaleChoice = 'fit' | 'actual';

export interface VncView extends ConsoleView {
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly onSize: Event<{ width: number; height: number }>;
  /** Percent of the guest's own size at which it is shown now. */
  readonly scalePercent: number;
  readonly onScale: Event<number>;
  setScale(choice: ScaleChoice): void;
  /** Looks only: neither keys nor pointer reach the guest, and the keyboard stays with the page. */
  setViewOnly(isViewOnly: boolean): void;
  /** Presses and releases keys in order, such as `['ControlLeft', 'AltLeft', 'Delete']` (`KeyboardEvent.code`). */
  sendCombo(codes: readonly string[]): void;
  /** The guest copied text. At most 1 MiB; longer ones are dropped. It is the guest's: ask before using it. */
  readonly onClipboard: Event<string>;
  /** Offers text to the guest's clipboard. Without an agent in the guest nothing comes of it: use `pasteAsKeys`. */
  sendClipboard(text: string): void;
  /**
   * Types text as key presses with real Shift events, for a guest with a US keyboard. Characters that no key gives
   * are returned, not typed, as is all that was left when the signal came or the stream was lost. Keys pressed
   * meanwhile are not sent. One at a time: rejects with `busy`.
   */
  pasteAsKeys(
    text: string,
    options: { signal: AbortSignal; onProgress?: (typed: number, total: number) => void },
  ): Promise<{ readonly skipped: string }>;
  /** PNG of the guest's screen at its own size, also of the last picture after a loss. */
  screenshot(): Promise<Blob>;
}

export interface TerminalView extends ConsoleView {
  readonly cols: number;
  readonly rows: number;
  /** The element's size changed; tell the guest. At most once a frame. Fires once with the first size too. */
  readonly onResize: Event<{ cols: number; rows: number }>;
  setFontSize(px: number): void;
  /** Pastes with control characters stripped and bracketed where the guest asked for it. */
  paste(text: string): void;
  /** Selected text, or ''. */
  readonly selection: string;
  findNext(text: string): boolean;
  findPrevious(text: string): boolean;
  clearFind(): void;
  /** The whole scrollback as plain text. */
  text(): string;
  /** The screen with its colours, as escape sequences: what a new terminal of this size needs to look the same. */
  snapshot(): string;
}

export interface VncViewOptions {
  /** Accessible name, such as 'web-1 screen'. */
  readonly label: string;
  /** `KeyboardEvent.code` of the key that gives the keyboard back, such as 'ControlRight'. */
  readonly releaseKey: string;
}

export interface TerminalViewOptions {
  readonly label: string;
  readonly releaseKey: string;
  /** CSS pixels. Default 13. */
  readonly fontSize?: number;
  /** Lines kept above the screen. Default 5,000: some 5 MB at 80 columns. */
  readonly scrollbackLines?: number;
  /** Ctrl+click on an http or https link. Without it links are not links. */
  readonly openLink?: (url: string) => void;
  /**
   * The guest wants to put text on the clipboard (OSC 52), at most 64 KiB. Without it such requests are dropped.
   * Ask the person before doing it. Reading the clipboard is never answered.
   */
  readonly offerClipboard?: (text: string) => void;
}
