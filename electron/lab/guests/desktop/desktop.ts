import { type Clock, every } from '../../../../shared/base/clock.ts';
import { Emitter } from '../../../../shared/base/event.ts';
import type { Disposable } from '../../../../shared/base/lifecycle.ts';
import type { CursorName } from '../rfb/cursors.ts';
import type { Cursor, Screen, ScreenChange } from '../rfb/screen.ts';
import type { Appearance } from './appearancePane.ts';
import { Canvas } from './canvas.ts';
import { createPanes } from './createPanes.ts';
import { type AppName, Dock } from './dock.ts';
import { HeldKeys } from './heldKeys.ts';
import { isModifier, textOf } from './keys.ts';
import { type Pane, type PaneHost, TICKS_PER_SECOND } from './pane.ts';
import { Pointer } from './pointer.ts';
import { seedOf } from './random.ts';
import { difference, intersection, isEmpty, moved, type Rect, sameRect } from './rect.ts';
import { Region } from './region.ts';
import { type Look, lookOf, palettes } from './theme.ts';
import { BAR_HEIGHT, barArea, clockText, paintBar } from './topBar.ts';
import { paintWallpaper } from './wallpaper.ts';
import type { Window } from './window.ts';
import { WindowStack } from './windowStack.ts';

export interface DesktopOptions {
  readonly name: string;
  /** Beside the name in the bar, such as `101 on n1`. */
  readonly detail: string;
  readonly memoryMib: number;
  readonly width: number;
  readonly height: number;
}

const MIN_WIDTH = 480;
const MIN_HEIGHT = 360;
const MAX_WIDTH = 3840;
const MAX_HEIGHT = 2160;
const LEFT_BUTTON = 1;

interface Drag {
  readonly window: Window;
  /** From the window's corner to the pointer. */
  readonly dx: number;
  readonly dy: number;
  x: number;
  y: number;
}

/** A desktop drawn in code. It moves only while `isWatched`; otherwise it costs nothing. */
export class Desktop implements Screen, Disposable {
  readonly name: string;
  canvas: Canvas;
  readonly #changes = new Emitter<ScreenChange>();
  readonly onChange = this.#changes.event;
  readonly #options: DesktopOptions;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #dirty = new Region();
  readonly #appearance: Appearance;
  readonly #panes: Record<AppName, Pane>;
  readonly #keys = new HeldKeys();
  readonly #pointer = new Pointer((rect) => this.#invalidate(rect));
  readonly #windows = new WindowStack((rect) => this.#invalidate(rect));
  #wallpaper: Canvas;
  #look: Look;
  #dock: Dock;
  #clipboard = '';
  #lastKey = '';
  #clockText = '';
  #detail = '';
  #buttons = 0;
  #hovered: Window | undefined;
  #pressed: Window | undefined;
  #drag: Drag | undefined;
  #animation: Disposable | undefined;
  #refreshTimer: Disposable | undefined;

  constructor(options: DesktopOptions, clock: Clock) {
    const { name, width, height } = options;
    this.name = name;
    this.#options = options;
    this.#clock = clock;
    this.#detail = options.detail;
    this.#seed = seedOf(`${name} ${options.detail}`);
    this.#appearance = { palette: this.#seed % palettes.length, isDark: this.#seed % 5 === 0, hasSeconds: true };
    this.canvas = new Canvas(width, height);
    this.#dock = new Dock(width, height);
    this.#panes = createPanes({
      ...options,
      seed: this.#seed,
      appearance: this.#appearance,
      host: (app) => this.#host(app),
      onAppearance: () => this.#changeAppearance(),
    });
    this.#look = this.#currentLook();
    this.#wallpaper = this.#paintWallpaper();
    this.#openFirst();
    this.#invalidate(this.canvas.bounds);
  }

  get cursor(): Cursor {
    return this.#pointer.cursor;
  }

  /** Whether anybody looks: without viewers nothing moves and nothing is drawn. */
  setWatched(isWatched: boolean): void {
    if (isWatched === (this.#animation !== undefined)) return;
    this.#animation?.dispose();
    this.#animation = undefined;
    if (!isWatched) return this.#rest();
    this.#tick();
    this.refresh();
    this.#animation = every(this.#clock, 1000 / TICKS_PER_SECOND, () => this.#tick());
  }

  /** Whether the pointer is part of the picture, for viewers that do not draw it themselves. */
  setPointerDrawn(isDrawn: boolean): void {
    this.#pointer.setDrawn(isDrawn);
  }

  /** Brings the frame up to date and tells what changed, all of it in one. */
  refresh(): void {
    this.#followDetail();
    this.#refreshTimer?.dispose();
    this.#refreshTimer = undefined;
    const change = (this.#drag && this.#applyDrag(this.#drag)) ?? this.#repainted();
    if (change) this.#changes.fire(change);
  }

  handlePointer(x: number, y: number, buttons: number): void {
    this.#pointer.moveTo(Math.min(x, this.canvas.width - 1), Math.min(y, this.canvas.height - 1));
    const wasDown = (this.#buttons & LEFT_BUTTON) !== 0;
    const isDown = (buttons & LEFT_BUTTON) !== 0;
    this.#buttons = buttons;
    if (isDown && !wasDown) this.#press();
    else if (!isDown && wasDown) this.#release();
    else this.#hover(isDown);
    this.#updateCursor();
  }

  handleKey(keysym: number, isDown: boolean): void {
    this.#keys.set(keysym, isDown);
    if (!isDown) return;
    this.#lastKey = this.#keys.label(keysym);
    this.#invalidate({ x: this.canvas.width - 330, y: 0, width: 230, height: BAR_HEIGHT });
    if (isModifier(keysym)) return;
    const front = this.#windows.front?.pane;
    const pane = front?.handleKey ? front : this.#windows.of('notes')?.pane;
    const hasControl = this.#keys.has('Ctrl') || this.#keys.has('Super');
    pane?.handleKey?.({ keysym, text: textOf(keysym), hasControl });
  }

  handleCutText(text: string): void {
    this.#clipboard = text;
  }

  resize(width: number, height: number): boolean {
    if (width < MIN_WIDTH || height < MIN_HEIGHT || width > MAX_WIDTH || height > MAX_HEIGHT) return false;
    this.#drag = undefined;
    this.canvas = new Canvas(width, height);
    this.#dock = new Dock(width, height);
    this.#wallpaper = this.#paintWallpaper();
    for (const window of this.#windows.all) this.#windows.keepInside(window, this.canvas.bounds);
    this.#dirty.take();
    this.#dirty.add(this.canvas.bounds);
    this.#repaint();
    this.#changes.fire({ kind: 'size' });
    return true;
  }

  dispose(): void {
    this.#animation?.dispose();
    this.#refreshTimer?.dispose();
    this.#changes.dispose();
  }

  #host(app: AppName): PaneHost {
    const desktop = this;
    return {
      invalidate: (part) => this.#invalidatePane(app, part),
      copyText: (text) => this.#changes.fire({ kind: 'cut-text', text }),
      get clipboard() {
        return desktop.#clipboard;
      },
    };
  }

  #openFirst(): void {
    const { width, height } = this.canvas;
    const other: AppName = this.#seed % 3 === 0 ? 'sketch' : 'monitor';
    this.#open(other, width - this.#panes[other].width - 84, Math.round(height * 0.36));
    this.#open('notes', 84, 92);
  }

  #open(app: AppName, x: number, y: number): void {
    const window = this.#windows.open(app, this.#panes[app], x, y);
    this.#windows.keepInside(window, this.canvas.bounds);
    this.#invalidate(window.reach);
    this.#invalidate(this.#dock.reach);
  }

  #changeAppearance(): void {
    this.#look = this.#currentLook();
    this.#wallpaper = this.#paintWallpaper();
    this.#invalidate(this.canvas.bounds);
  }

  #currentLook(): Look {
    return lookOf(this.#palette(), this.#appearance.isDark);
  }

  #palette() {
    return palettes[this.#appearance.palette] ?? palettes[0];
  }

  #paintWallpaper(): Canvas {
    return paintWallpaper(this.canvas.width, this.canvas.height, this.#palette(), this.#seed);
  }

  #tick(): void {
    for (const window of this.#windows.all) window.pane.tick?.(this.#clock.wallMs());
    const text = clockText(this.#clock.wallMs(), this.#appearance.hasSeconds);
    this.#followDetail();
    if (text === this.#clockText) return;
    this.#clockText = text;
    this.#invalidate({ x: this.canvas.width / 2 - 110, y: 0, width: 220, height: BAR_HEIGHT });
  }

  /** The guest may run on another node now. */
  #followDetail(): void {
    const { detail } = this.#options;
    if (detail === this.#detail) return;
    this.#detail = detail;
    this.#invalidate(barArea(this.canvas.width));
  }

  #rest(): void {
    this.#refreshTimer?.dispose();
    this.#refreshTimer = undefined;
    this.#keys.releaseAll();
    this.#buttons = 0;
    this.#drag = undefined;
    this.#pressed = undefined;
  }

  #press(): void {
    const { x, y } = this.#pointer;
    const app = this.#dock.appAt(x, y);
    if (app) return this.#toggle(app);
    const window = this.#windows.at(x, y);
    if (!window || y < BAR_HEIGHT) return;
    this.#windows.raise(window);
    const part = window.partAt(x, y);
    if (part === 'close') return this.#close(window);
    this.#pressed = part === 'pane' ? window : undefined;
    const { paneArea } = window;
    if (part === 'pane') window.pane.handlePress?.(x - paneArea.x, y - paneArea.y);
    else this.#drag = { window, dx: x - window.x, dy: y - window.y, x: window.x, y: window.y };
  }

  #release(): void {
    if (this.#drag) this.refresh();
    this.#drag = undefined;
    this.#pressed?.pane.handleRelease?.();
    this.#pressed = undefined;
    this.#hover(false);
  }

  #hover(isDown: boolean): void {
    const { x, y } = this.#pointer;
    if (this.#drag) {
      this.#drag.x = x - this.#drag.dx;
      this.#drag.y = y - this.#drag.dy;
      return this.#schedule();
    }
    if (this.#dock.point(x, y)) this.#invalidate(this.#dock.reach);
    const over = this.#dock.appAt(x, y) ? undefined : this.#windows.at(x, y);
    if (this.#hovered !== over) this.#leave();
    this.#hovered = over;
    const target = this.#pressed ?? over;
    if (!target) return;
    this.#setCloseHot(target, over === target && target.partAt(x, y) === 'close');
    target.pane.handleMove?.(x - target.paneArea.x, y - target.paneArea.y, isDown && target === this.#pressed);
  }

  #leave(): void {
    if (!this.#hovered) return;
    this.#setCloseHot(this.#hovered, false);
    this.#hovered.pane.handleLeave?.();
  }

  #setCloseHot(window: Window, isHot: boolean): void {
    if (window.isCloseHot === isHot) return;
    window.isCloseHot = isHot;
    this.#invalidate(window.closeArea);
  }

  #toggle(app: AppName): void {
    const window = this.#windows.of(app);
    if (!window) this.#openInMiddle(app);
    else if (window === this.#windows.front) this.#close(window);
    else this.#windows.raise(window);
    this.#invalidate(this.#dock.reach);
  }

  #openInMiddle(app: AppName): void {
    const { width, height } = this.#panes[app];
    const slide = this.#windows.all.length * 28; // so that none hides another quite
    const x = Math.round((this.canvas.width - width) / 2) + slide;
    this.#open(app, x, Math.round((this.canvas.height - height) / 2.6) + slide);
  }

  #close(window: Window): void {
    this.#windows.close(window);
    window.isCloseHot = false;
    this.#hovered = undefined;
    this.#invalidate(this.#dock.reach);
  }

  #updateCursor(): void {
    if (this.#pointer.setCursor(this.#cursorName())) this.#changes.fire({ kind: 'cursor' });
  }

  #cursorName(): CursorName {
    const { x, y } = this.#pointer;
    if (this.#drag) return 'move';
    if (this.#dock.appAt(x, y)) return 'hand';
    const window = this.#pressed ?? this.#windows.at(x, y);
    const part = window?.partAt(x, y);
    if (part === 'close') return 'hand';
    return window && part === 'pane' ? window.pane.cursorAt(x - window.paneArea.x, y - window.paneArea.y) : 'arrow';
  }

  #invalidatePane(app: AppName, part?: Rect): void {
    const window = this.#windows.of(app);
    if (!window) return;
    const area = window.paneArea;
    this.#invalidate(part ? intersection(moved(part, area.x, area.y), area) : area);
  }

  #invalidate(rect: Rect): void {
    const whole = { ...rect, x: Math.floor(rect.x), y: Math.floor(rect.y) };
    this.#dirty.add(intersection(whole, this.canvas.bounds));
    this.#schedule();
  }

  /** Everything that happens in one turn of the loop is painted once. */
  #schedule(): void {
    if (!this.#animation || this.#refreshTimer) return;
    this.#refreshTimer = this.#clock.timer(0, () => this.refresh());
  }

  #repainted(): ScreenChange | undefined {
    const rects = this.#repaint();
    return rects.length > 0 ? { kind: 'paint', rects } : undefined;
  }

  #repaint(): Rect[] {
    const rects = this.#dirty.take();
    for (const rect of rects) this.canvas.within(rect, () => this.#paint());
    return rects;
  }

  #paint(): void {
    const { canvas, name } = this;
    const bar = { name, detail: this.#detail, clock: this.#clockText, lastKey: this.#lastKey };
    canvas.copyFrom(this.#wallpaper);
    this.#windows.paint(canvas, this.#look);
    if (!isEmpty(intersection(this.#dock.reach, canvas.clip))) this.#dock.paint(canvas, this.#windows.apps);
    if (canvas.clip.y < BAR_HEIGHT) paintBar(canvas, bar);
    this.#pointer.paint(canvas);
  }

  /** Moves the dragged window: its body is copied by the viewers, the rest is painted. */
  #applyDrag({ window, x, y }: Drag): ScreenChange | undefined {
    const before = { body: window.body, reach: window.reach };
    [window.x, window.y] = [x, y];
    this.#windows.keepInside(window, this.canvas.bounds);
    const { body } = window;
    const [dx, dy] = [body.x - before.body.x, body.y - before.body.y];
    if (dx === 0 && dy === 0) return undefined;
    // What changed inside the body since the last time has to be sent at its new place.
    const stale = this.#dirty.partsIn(before.body, dx, dy);
    this.#dirty.add(intersection(before.reach, this.canvas.bounds));
    this.#dirty.add(intersection(window.reach, this.canvas.bounds));
    const rects = this.#repaint();
    if (!this.#canCopy(before.body) || !this.#canCopy(body)) return { kind: 'paint', rects };
    const rest = rects.flatMap((rect) => difference(rect, body));
    return { kind: 'move', from: before.body, dx, dy, rects: [...rest, ...stale] };
  }

  /** Nothing lies over it and it is on the screen as a whole. */
  #canCopy(body: Rect): boolean {
    const isWhole = sameRect(intersection(body, this.canvas.bounds), body);
    const covers = [
      this.#dock.reach,
      barArea(this.canvas.width),
      ...(this.#pointer.isDrawn ? [this.canvas.bounds] : []),
    ];
    return isWhole && covers.every((cover) => isEmpty(intersection(cover, body)));
  }
}
