import '@xterm/xterm/css/xterm.css';

import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { SerializeAddon } from '@xterm/addon-serialize';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { type ITheme, Terminal } from '@xterm/xterm';

import { systemClock } from '../../../shared/base/clock.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../../shared/base/lifecycle.ts';
import type { ByteDuplex, CloseReason } from '../../../shared/flow/duplex.ts';
import type { TerminalView, TerminalViewOptions } from '../consoleView.ts';
import { framesOf } from '../frames.ts';
import { KeyGate } from '../keyGate.ts';
import { clipboardRequest, openableUrl } from './clipboardRequest.ts';
import { cleanPaste } from './pasteText.ts';
import { RenderPace } from './renderPace.ts';
import { SealedStyles } from './sealedStyles.ts';
import { TerminalFeed } from './terminalFeed.ts';
import { readTerminalFont, readTerminalTheme } from './terminalTheme.ts';
import styles from './terminalView.module.css';
import { watchTheme } from './watchTheme.ts';
import { WebglRenderer } from './webglRenderer.ts';
import { drawIn, parseNow, sealRowStyles, skipEmptySelections, splitInput } from './xtermInside.ts';

/**
 * What a lost stream may have left behind: CAN ends a sequence under way, then the modes of the program that ran
 * (alternate screen, mouse, focus, bracketed paste, colours) are off again. What was printed stays: 1047, since 1049
 * would also put the cursor where it was last saved, mostly at the top, and the next prompt erases from there.
 */
const afterLoss = '\x18\x1b[?1047l\x1b[?9;1000;1002;1003;1004;1005;1006;1015;2004l\x1b[!p\x1b[0m\r\n';

export function createTerminalView(host: HTMLElement, options: TerminalViewOptions): TerminalView {
  return new XtermView(host, options);
}

class XtermView implements TerminalView {
  readonly #root: HTMLElement;
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #serialize = new SerializeAddon();
  readonly #sealed: SealedStyles;
  readonly #webgl: WebglRenderer;
  readonly #pace: RenderPace;
  readonly #gate: KeyGate;
  readonly #owned = new DisposableStore();
  readonly #pageKeys = new WeakSet<Event>();
  #feed: TerminalFeed | undefined;
  #fitting: Disposable | undefined;
  #following: Disposable | undefined;

  readonly #lost = this.#owned.add(new Emitter<CloseReason>());
  readonly #firstPaint = this.#owned.add(new Emitter<number>());
  readonly #keyboard = this.#owned.add(new Emitter<boolean>());
  readonly #resized = this.#owned.add(new Emitter<{ cols: number; rows: number }>());
  readonly onLost = this.#lost.event;
  readonly onFirstPaint = this.#firstPaint.event;
  readonly onKeyboard = this.#keyboard.event;
  readonly onResize = this.#resized.event;

  constructor(host: HTMLElement, options: TerminalViewOptions) {
    const { root, screen } = createRoot(host, options.label);
    this.#root = root;
    this.#sealed = new SealedStyles(host.ownerDocument);
    this.#terminal = createTerminal(screen, options);
    this.#pace = new RenderPace(systemClock, () => root.ownerDocument.defaultView ?? window);
    this.#webgl = new WebglRenderer(this.#terminal, (make) => {
      this.#seal(make);
      this.#handleSize();
    });
    this.#gate = new KeyGate(root, options.releaseKey, {
      toGuest: (event) => this.#handleKey(event),
      toPage: (event) => this.#pageKeys.add(event),
      lift: () => undefined, // a terminal knows no held keys
      giveBack: () => this.#terminal.blur(),
      onKeyboard: (hasKeyboard) => this.#keyboard.fire(hasKeyboard),
    });
    this.#open(screen, options);
    this.#watch();
  }

  get cols(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  get hasKeyboard(): boolean {
    return this.#gate.hasKeyboard;
  }

  get selection(): string {
    return this.#terminal.getSelection();
  }

  attach(stream: ByteDuplex): void {
    const before = this.#feed;
    this.#feed = undefined;
    before?.dispose();
    const startMs = performance.now();
    const terminal = this.#terminal;
    const parsing = {
      write: (data: Uint8Array, callback: () => void) => terminal.write(data, callback),
      parseNow: () => parseNow(terminal),
    };
    const feed: TerminalFeed = new TerminalFeed(parsing, stream, {
      onParsed: (bytes) => this.#pace.parsed(bytes),
      onFirstByte: () => framesOf(this.#root).next(() => this.#firstPaint.fire(performance.now() - startMs)),
      onLost: (reason) => {
        if (this.#feed === feed) this.#handleLost(reason);
      },
    });
    this.#feed = feed;
    if (this.#root.dataset.lost) terminal.write(afterLoss);
    this.#root.dataset.lost = 'false';
    this.#terminal.options.disableStdin = false;
    this.#gate.setOpen(true);
    feed.start();
  }

  focus(): void {
    this.#terminal.focus();
  }

  blur(): void {
    this.#terminal.blur();
  }

  setReleaseKey(code: string): void {
    this.#gate.setReleaseKey(code);
  }

  moved(): void {
    this.#sealed.moveTo(this.#root.ownerDocument);
    this.#terminal.open(this.#root); // open already: only takes note of the window
    this.#webgl.moved();
    this.#follow();
    this.#setTheme(readTerminalTheme(this.#root));
    this.#handleSize();
  }

  setFontSize(px: number): void {
    this.#seal(() => {
      this.#terminal.options.fontSize = px;
    });
    this.#handleSize();
  }

  paste(text: string): void {
    this.#terminal.paste(cleanPaste(text));
  }

  findNext(text: string): boolean {
    return this.#search.findNext(text);
  }

  findPrevious(text: string): boolean {
    return this.#search.findPrevious(text);
  }

  clearFind(): void {
    this.#search.clearDecorations();
    this.#terminal.clearSelection();
  }

  text(): string {
    const buffer = this.#terminal.buffer.active;
    let text = '';
    for (let y = 0; y < buffer.length; y++) {
      const line = buffer.getLine(y);
      if (line) text += (y > 0 && !line.isWrapped ? '\n' : '') + line.translateToString(true);
    }
    return text.trimEnd();
  }

  snapshot(): string {
    return this.#serialize.serialize({ scrollback: 0 });
  }

  dispose(): void {
    const feed = this.#feed;
    this.#feed = undefined;
    feed?.dispose();
    this.#gate.dispose();
    this.#fitting?.dispose();
    this.#following?.dispose();
    this.#webgl.dispose();
    this.#terminal.dispose();
    this.#pace.dispose();
    this.#sealed.dispose();
    this.#owned.dispose();
    this.#root.remove();
  }

  #open(screen: HTMLElement, { openLink, offerClipboard }: TerminalViewOptions): void {
    const terminal = this.#terminal;
    const open = (event: MouseEvent, text: string): void => {
      const url = openableUrl(text);
      if (url && (event.ctrlKey || event.metaKey)) openLink?.(url);
    };
    for (const addon of [this.#fit, this.#search, this.#serialize, new UnicodeGraphemesAddon()]) {
      terminal.loadAddon(addon);
    }
    if (openLink) terminal.loadAddon(new WebLinksAddon(open));
    terminal.options.linkHandler = { activate: open, allowNonHttpProtocols: false };
    terminal.parser.registerOscHandler(52, (data) => {
      const text = clipboardRequest(data);
      if (text !== undefined) offerClipboard?.(text);
      return true;
    });
    this.#seal(() => terminal.open(screen));
    drawIn(terminal, this.#pace);
    skipEmptySelections(terminal);
    terminal.attachCustomKeyEventHandler((event) => this.#isForTerminal(event));
  }

  #watch(): void {
    const root = this.#root;
    const encoder = new TextEncoder();
    splitInput(
      this.#terminal,
      (data) => {
        this.#pace.hurry();
        this.#feed?.send(encoder.encode(data));
      },
      (data) => this.#feed?.reply(encoder.encode(data)),
    );
    // Mouse reports in the oldest encoding: bytes, not text.
    this.#terminal.onBinary((data) => this.#feed?.send(Uint8Array.from(data, (char) => char.charCodeAt(0))));
    this.#terminal.onResize((size) => this.#resized.fire(size));
    this.#follow();
    root.addEventListener('paste', this.#handlePaste, true);
    for (const type of ['keydown', 'keyup'] as const) root.addEventListener(type, this.#keepFromPage);
  }

  /** Size, visibility and theme, as the window says them that the element is in: another one may be hidden. */
  #follow(): void {
    this.#following?.dispose();
    const root = this.#root;
    const own = root.ownerDocument.defaultView ?? window;
    const sizes = new own.ResizeObserver(() => this.#handleSize());
    sizes.observe(root);
    const shown = new own.IntersectionObserver((entries) => {
      this.#webgl.setShown(entries.at(-1)?.isIntersecting ?? false);
    });
    shown.observe(root);
    const theme = watchTheme(root, () => this.#setTheme(readTerminalTheme(root)));
    this.#following = toDisposable(() => {
      sizes.disconnect();
      shown.disconnect();
      theme.dispose();
    });
  }

  #setTheme(theme: ITheme): void {
    this.#seal(() => {
      this.#terminal.options.theme = theme;
    });
  }

  /** Runs what may make xterm create style elements or a renderer. */
  #seal(make: () => void): void {
    this.#sealed.during(make);
    sealRowStyles(this.#terminal);
  }

  #handleKey(event: KeyboardEvent): void {
    if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return;
    if (event.code === 'KeyC') this.#copy(event);
  }

  #copy(event: KeyboardEvent): void {
    event.preventDefault(); // browsers open their inspector
    event.stopPropagation();
    const text = this.selection;
    const { ownerDocument } = this.#root;
    const own = ownerDocument.defaultView ?? window; // a window without the focus may not write
    // Without the permission xterm's handler of `copy` does it, as for the browser's own menu.
    if (text) own.navigator.clipboard.writeText(text).catch(() => ownerDocument.execCommand('copy'));
  }

  /** Ctrl+Shift+V is left to the browser: it then sends `paste`, without asking for a permission. */
  #isForTerminal(event: KeyboardEvent): boolean {
    if (this.#pageKeys.has(event)) return false;
    const isClipboard = event.ctrlKey && event.shiftKey && (event.code === 'KeyV' || event.code === 'KeyC');
    return !isClipboard;
  }

  /** xterm lets keys through that it has no use for; they are the guest's all the same. */
  readonly #keepFromPage = (event: Event): void => {
    if (this.#gate.hasKeyboard && !this.#pageKeys.has(event)) event.stopPropagation();
  };

  readonly #handlePaste = (event: ClipboardEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData('text/plain');
    if (text) this.paste(text);
  };

  #handleLost(reason: CloseReason): void {
    this.#feed = undefined;
    this.#root.dataset.lost = 'true';
    this.#terminal.options.disableStdin = true;
    this.#gate.setOpen(false);
    this.#lost.fire(reason);
  }

  #handleSize(): void {
    this.#fitting ??= framesOf(this.#root).next(() => {
      this.#fitting = undefined;
      if (this.#root.isConnected && this.#root.clientWidth > 0) this.#fit.fit();
    });
  }
}

function createRoot(host: HTMLElement, label: string): { root: HTMLElement; screen: HTMLElement } {
  const root = host.ownerDocument.createElement('div');
  root.className = styles.root ?? '';
  root.setAttribute('role', 'group');
  root.setAttribute('aria-label', label);
  const screen = host.ownerDocument.createElement('div');
  screen.className = styles.screen ?? '';
  root.append(screen);
  host.append(root);
  return { root, screen };
}

function createTerminal(screen: HTMLElement, options: TerminalViewOptions): Terminal {
  return new Terminal({
    allowProposedApi: true, // unicode versions, for the width of emoji
    cursorBlink: false, // an animation that never ends
    cursorInactiveStyle: 'outline',
    fontFamily: readTerminalFont(screen),
    fontSize: options.fontSize ?? 13,
    lineHeight: 1.2,
    logLevel: 'off', // it logs what is typed
    minimumContrastRatio: 4.5, // AA, whatever colours the guest chooses
    scrollback: options.scrollbackLines ?? 5000,
    theme: readTerminalTheme(screen),
  });
}
