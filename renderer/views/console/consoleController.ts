import type { Clock } from '../../../shared/base/clock.ts';
import { AppError, type ErrorInfo } from '../../../shared/base/errors.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { Backoff } from '../../../shared/flow/backoff.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import type { Channel } from '../../../shared/wire/peer.ts';
import { call, hasEngine, openChannel } from '../../api/engine.ts';
import type { TerminalView, VncView } from '../../consoles/consoleView.ts';
import { clusterById, useClusters } from '../../state/clusters.ts';
import { useConnection } from '../../state/connection.ts';
import {
  type ConsoleState,
  type ConsoleWait,
  consoleById,
  consoleMoves,
  dropConsole,
  type PanelParams,
  panelIdOf,
  patchConsole,
  putConsole,
  useConsoles,
} from '../../state/consoles.ts';
import { forgetConsoleStatus, useConsoleStatus } from '../../state/consoleStatus.ts';
import { guestKey, useInventory } from '../../state/inventory.ts';
import { note } from '../../state/log.ts';
import { count } from '../../state/format.ts';
import { useSettings } from '../../state/settings.ts';
import { notify } from '../../state/toasts.ts';
import { copy } from '../copy.ts';
import { consoleViews } from './consoleViews.ts';
import { targetName } from './targetName.ts';

/** After so many tries in a row nobody is helped by more: some four minutes. */
const MOST_ATTEMPTS = 20;
const MOST_WAIT_MS = 15_000;
/** A stream that lives this long was a success: the next loss starts counting anew. */
const STEADY_MS = 5_000;
/** A console that ends regularly this often before it was steady is not wanted by the guest. */
const MOST_REGULAR_ENDS = 4;
const FIRST_SIZE = { cols: 80, rows: 24 }; // until the terminal has measured its element

export type AnyView =
  | { readonly kind: 'vnc'; readonly view: VncView }
  | { readonly kind: 'terminal'; readonly view: TerminalView };

/** One console: its element, its view, and the stream that feeds it, opened again with a new ticket when it is lost. */
export class ConsoleController implements Disposable {
  readonly panelId: string;
  readonly params: PanelParams;
  /** Holds the view; the panel puts it where it belongs. Outlives being moved between groups. */
  readonly element: HTMLElement = document.createElement('div');
  readonly #clock: Clock;
  readonly #life = new DisposableStore();
  readonly #backoff = new Backoff({ firstMs: 600, maxMs: MOST_WAIT_MS });
  #view: AnyView | undefined;
  #channel: Channel | undefined;
  #retry: Disposable | undefined;
  #steady: Disposable | undefined;
  #isMakingView = false;
  #wantsFocus = false;
  #document: Document | undefined = this.element.ownerDocument;
  #askedAtMs = 0;

  constructor(params: PanelParams, clock: Clock) {
    this.params = params;
    this.panelId = panelIdOf(params);
    this.#clock = clock;
    putConsole(freshState(this.panelId, params));
    this.#life.add({ dispose: useConnection.subscribe(() => this.#look()) });
    this.#life.add({ dispose: useClusters.subscribe(() => this.#look()) });
    this.#life.add({ dispose: useInventory.subscribe(() => this.#look()) });
    this.#life.add({ dispose: useConsoleStatus.subscribe(() => this.#lookAtStatus()) });
    this.#life.add({ dispose: useSettings.subscribe(() => this.#applySettings()) });
    this.#try();
  }

  get view(): AnyView | undefined {
    return this.#view;
  }

  /** Its element was put somewhere, maybe into another window. */
  placed(): void {
    const { ownerDocument } = this.element;
    if (ownerDocument === this.#document) return;
    this.#document = ownerDocument;
    this.#view?.view.moved();
    if (this.#wantsFocus && this.#state.phase === 'open') this.#takeFocus();
  }

  get #state(): ConsoleState {
    return consoleById(this.panelId) ?? freshState(this.panelId, this.params);
  }

  /** Gives the console the keys as soon as it takes any. */
  focus(): void {
    this.#wantsFocus = true;
    if (this.#state.phase === 'open') this.#takeFocus();
  }

  blur(): void {
    this.#wantsFocus = false;
    this.#view?.view.blur();
  }

  /** Tries again at once, also when trying was given up. */
  tryNow(): void {
    this.#retry?.dispose();
    this.#retry = undefined;
    if (this.#channel) return;
    if (this.#state.phase === 'stopped') {
      this.#backoff.reset();
      this.#move(this.#state.hasPicture ? 'lost' : 'opening', { attempt: 0 });
    }
    this.#try();
  }

  stopTrying(): void {
    this.#retry?.dispose();
    this.#retry = undefined;
    this.#release()?.dispose();
    this.#move('stopped', { waitsFor: undefined, nextTryAtMs: undefined });
  }

  /** Ends the stream and opens a new one. */
  reopen(): void {
    this.#release()?.dispose();
    this.#wantsFocus = true;
    if (this.#state.phase === 'open')
      this.#move('lost', { error: undefined, lostAtMs: this.#clock.wallMs(), attempt: 0 });
    this.tryNow();
  }

  setScale(scale: ConsoleState['scale']): void {
    patchConsole(this.panelId, { scale });
    if (this.#view?.kind === 'vnc') this.#view.view.setScale(scale);
  }

  setViewOnly(isViewOnly: boolean): void {
    patchConsole(this.panelId, { isViewOnly });
    if (this.#view?.kind === 'vnc') this.#view.view.setViewOnly(isViewOnly);
  }

  dispose(): void {
    if (this.#life.disposed) return;
    this.#life.dispose();
    this.#retry?.dispose();
    this.#steady?.dispose();
    this.#release()?.dispose();
    this.#view?.view.dispose();
    this.element.remove();
    dropConsole(this.panelId);
  }

  /** Once, while the first stream is being opened; the names it shows are known by then. */
  async #makeView(): Promise<void> {
    if (this.#isMakingView) return;
    this.#isMakingView = true;
    const { view: kind, target } = this.params;
    const { releaseKey, terminalFontSizePx } = useSettings.getState();
    if (kind === 'vnc') {
      const create = await consoleViews().vnc();
      if (this.#life.disposed) return;
      const view = create(this.element, { label: `Screen of ${targetName(target)}`, releaseKey });
      this.#life.add(view.onClipboard((text) => patchConsole(this.panelId, { guestClipboard: text })));
      this.#life.add(view.onScale((scalePercent) => patchConsole(this.panelId, { scalePercent })));
      this.#view = { kind, view };
    } else {
      const create = await consoleViews().terminal();
      if (this.#life.disposed) return;
      const label = `Terminal of ${targetName(target)}`;
      const offerClipboard = (text: string) => offerCopy(targetName(target), text);
      const options = { label, releaseKey, fontSize: terminalFontSizePx, openLink, offerClipboard };
      const view = create(this.element, options);
      this.#life.add(view.onResize((size) => void this.#tellSize(size)));
      this.#view = { kind, view };
    }
    this.#joinView(this.#view.view);
  }

  #joinView(view: VncView | TerminalView): void {
    this.#life.add(view.onFirstPaint(() => this.#handlePaint()));
    this.#life.add(view.onLost((reason) => this.#handleEnd(reason)));
    this.#life.add(
      view.onKeyboard((hasKeyboard) => {
        const { keyboardPanelId } = useConsoles.getState();
        if (hasKeyboard) useConsoles.setState({ keyboardPanelId: this.panelId });
        else if (keyboardPanelId === this.panelId) useConsoles.setState({ keyboardPanelId: undefined });
      }),
    );
    if (this.#channel) view.attach(this.#channel);
    this.#lookAtStatus();
  }

  /** Opens a stream when everything it needs is there, else notes what it waits for. */
  #try(): void {
    if (this.#channel || this.#life.disposed) return;
    const waitsFor = this.#needs();
    if (waitsFor) return patchConsole(this.panelId, { waitsFor, nextTryAtMs: undefined });
    const { attempt } = this.#state;
    if (attempt >= MOST_ATTEMPTS) return this.stopTrying();
    try {
      this.#open(attempt + 1);
    } catch (error) {
      this.#handleEnd({ kind: 'failed', error: AppError.from(error) });
    }
  }

  #open(attempt: number): void {
    this.#askedAtMs = this.#clock.nowMs();
    const { target, view } = this.params;
    const terminal = this.#view?.kind === 'terminal' ? this.#view.view : FIRST_SIZE;
    const channel = openChannel('console', { target, view, cols: terminal.cols, rows: terminal.rows });
    this.#channel = channel;
    patchConsole(this.panelId, { attempt, channel: channel.number, waitsFor: undefined, nextTryAtMs: undefined });
    if (this.#view) this.#view.view.attach(channel);
    else void this.#makeView();
  }

  #needs(): ConsoleWait {
    if (!hasEngine() || !useClusters.getState().isKnown) return 'engine';
    const cluster = clusterById(this.params.target.clusterId);
    if (cluster && cluster.state !== 'signed-in') return 'sign-in';
    if (cluster && !useInventory.getState().known.has(cluster.id)) return 'engine';
    return undefined;
  }

  /** The stores changed: goes on when what was missing is there. */
  #look(): void {
    const { phase, waitsFor, error } = this.#state;
    const { wakings } = useConnection.getState();
    if (wakings !== this.#wakings) {
      this.#wakings = wakings;
      this.#backoff.reset();
      if (this.#retry) return this.tryNow();
    }
    if (waitsFor === 'guest' && this.#guestRuns()) {
      this.#move(this.#state.hasPicture ? 'lost' : 'opening', { waitsFor: undefined, error: undefined, attempt: 0 });
      return this.#try();
    }
    if (phase === 'stopped') {
      if (error?.retry === 'after-login' && this.#needs() === undefined && this.#wasSignedOut) this.tryNow();
    } else if (waitsFor && waitsFor !== this.#needs()) this.#try();
    this.#wasSignedOut = this.#needs() === 'sign-in';
  }
  #wasSignedOut = false;
  #wakings = useConnection.getState().wakings;

  #guestRuns(): boolean {
    const { target } = this.params;
    if (target.kind !== 'guest') return false;
    return useInventory.getState().guests.get(guestKey(target.clusterId, target.guestId))?.state === 'running';
  }

  /** A serial port may say nothing until it is typed to: it is open as soon as the engine says so. */
  #lookAtStatus(): void {
    const { target, view } = this.params;
    const { phase, channel } = this.#state;
    if (target.kind !== 'endpoint' || view !== 'terminal' || channel === undefined || phase === 'open') return;
    const steps = useConsoleStatus.getState().get(channel)?.steps;
    if (this.#view && steps?.at(-1)?.phase === 'open') this.#handlePaint();
  }

  #handlePaint(): void {
    const firstPaintMs = Math.round(this.#clock.nowMs() - this.#askedAtMs);
    const { attempt, phase } = this.#state;
    if (phase === 'lost') note(`The console of ${targetName(this.params.target)} is back (attempt ${attempt}).`);
    this.#move('open', { hasPicture: true, error: undefined, lostAtMs: undefined, firstPaintMs });
    this.#steady?.dispose();
    this.#steady = this.#clock.timer(STEADY_MS, () => {
      this.#backoff.reset();
      patchConsole(this.panelId, { attempt: 0 });
    });
    if (this.#wantsFocus) this.#takeFocus();
  }

  /** Not away from a field or a dialog that someone went to meanwhile. */
  #takeFocus(): void {
    const { activeElement } = this.element.ownerDocument;
    const isTyping = activeElement?.matches('input, [role="dialog"] *, [role="dialog"]');
    if (!isTyping || this.element.contains(activeElement)) this.#view?.view.focus();
    this.#wantsFocus = false;
  }

  #handleEnd(reason: CloseReason): void {
    if (this.#life.disposed || this.#state.phase === 'stopped') return;
    if (this.element.contains(this.element.ownerDocument.activeElement)) this.#wantsFocus = true;
    this.#release();
    const lostAtMs = this.#state.lostAtMs ?? (this.#state.hasPicture ? this.#clock.wallMs() : undefined);
    const error = reason.kind === 'failed' ? reason.error.toInfo() : undefined;
    const name = targetName(this.params.target);
    note(`The console of ${name} ended${error ? `: ${error.message}` : '.'}`, error ? 'warn' : 'info');

    if (error?.code === 'not-running' || (!error && !this.#guestRuns() && this.params.target.kind === 'guest')) {
      return this.#move('stopped', { waitsFor: 'guest', error, lostAtMs });
    }
    if (this.#isOver(error)) return this.#move('stopped', { error, lostAtMs, waitsFor: undefined });
    if (this.#state.phase !== 'lost') this.#move(this.#state.hasPicture ? 'lost' : 'opening', { error, lostAtMs });
    else patchConsole(this.panelId, { error });
    if (error?.code === 'link-lost') return patchConsole(this.panelId, { waitsFor: 'engine', attempt: 0 });
    this.#later();
  }

  /**
   * Whether trying again is the person's decision. A regular end of a running guest's stream is a lost one (servers
   * close without a word when they are cut off), unless it keeps ending right after it was opened; the end of a
   * node's shell is somebody's `exit`.
   */
  #isOver(error: ErrorInfo | undefined): boolean {
    if (error) return error.retry === 'never' || error.retry === 'after-login';
    return this.params.target.kind === 'node' || this.#state.attempt >= MOST_REGULAR_ENDS;
  }

  #later(): void {
    if (this.#state.attempt >= MOST_ATTEMPTS) return this.stopTrying();
    const waitMs = this.#backoff.nextMs();
    patchConsole(this.panelId, { nextTryAtMs: this.#clock.wallMs() + waitMs });
    this.#retry = this.#clock.timer(waitMs, () => {
      this.#retry = undefined;
      this.#try();
    });
  }

  /** Lets go of the stream and hands it to whoever ends it. */
  #release(): Channel | undefined {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#steady?.dispose();
    if (channel) forgetConsoleStatus(channel.number);
    patchConsole(this.panelId, { channel: undefined });
    return channel;
  }

  #move(phase: ConsoleState['phase'], patch: Partial<ConsoleState>): void {
    const before = this.#state.phase;
    if (before !== phase && !consoleMoves[before].includes(phase)) return;
    patchConsole(this.panelId, { ...patch, phase });
  }

  async #tellSize({ cols, rows }: { cols: number; rows: number }): Promise<void> {
    const channel = this.#channel?.number;
    if (channel === undefined) return;
    // A lost race with the end of the channel is told by the channel itself.
    await call('console.resize', { channel, cols, rows }).catch((error: unknown) => {
      if (this.#channel?.number === channel) note(`The terminal's size was not taken: ${String(error)}`, 'warn');
    });
  }

  #applySettings(): void {
    const { releaseKey, terminalFontSizePx } = useSettings.getState();
    this.#view?.view.setReleaseKey(releaseKey);
    if (this.#view?.kind === 'terminal') this.#view.view.setFontSize(terminalFontSizePx);
  }
}

/** A guest never gets at the clipboard unasked. */
function offerCopy(name: string, text: string): void {
  const action = { label: 'Allow', run: () => void copy(text, 'text') };
  notify({ kind: 'info', text: `${name} wants to put ${count(text.length, 'character')} on your clipboard.`, action });
}

function openLink(url: string): void {
  window.open(url, '_blank', 'noopener,noreferrer');
}

function freshState(panelId: string, { target, view }: PanelParams): ConsoleState {
  return {
    panelId,
    target,
    view,
    phase: 'opening',
    waitsFor: undefined,
    channel: undefined,
    attempt: 0,
    error: undefined,
    lostAtMs: undefined,
    nextTryAtMs: undefined,
    hasPicture: false,
    firstPaintMs: undefined,
    scale: 'fit',
    scalePercent: 100,
    isViewOnly: false,
    guestClipboard: '',
  };
}
