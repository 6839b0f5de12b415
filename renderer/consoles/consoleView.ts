import type { Event } from '../../shared/base/event.ts';
import type { Disposable } from '../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../shared/flow/duplex.ts';

/**
 * A guest's screen or shell inside an element. It outlives its stream: after a loss it keeps the last picture or the
 * scrollback and is given the stream of the new console with `attach`. It never sees the wire.
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
  focus(): void;
  /** Gives the keyboard back and releases every held key. */
  blur(): void;
}

export type ScaleChoice = 'fit' | 'actual';

export interface VncView extends ConsoleView {
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly onSize: Event<{ width: number; height: number }>;
  /** Percent of the guest's own size at which it is shown now. */
  readonly scalePercent: number;
  readonly onScale: Event<number>;
  setScale(choice: ScaleChoice): void;
  setViewOnly(isViewOnly: boolean): void;
  /** Presses and releases keys in order, such as `['ControlLeft', 'AltLeft', 'Delete']` (`KeyboardEvent.code`). */
  sendCombo(codes: readonly string[]): void;
  /** Types text as key presses with real Shift events; characters that no key gives are returned, not typed. */
  pasteAsKeys(
    text: string,
    options: { signal: AbortSignal; onProgress?: (typed: number, total: number) => void },
  ): Promise<{ readonly skipped: string }>;
  screenshot(): Promise<Blob>;
}

export interface TerminalView extends ConsoleView {
  readonly cols: number;
  readonly rows: number;
  /** The element's size changed; tell the guest. */
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
}
