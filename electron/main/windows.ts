import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  type BrowserWindowConstructorOptions,
  type HandlerDetails,
  screen,
  type WebContents,
  type WebFrameMain,
} from 'electron';

import {
  consoleWindowFeatures,
  consoleWindowKey,
  consoleWindowPath,
  isSpanningWindow,
} from '../../shared/wire/consoleWindow.ts';
import type { KeyboardHolder } from '../../shared/wire/shellMenu.ts';
import { appOrigin, isOurs } from './appProtocol.ts';
import type { Bounds } from './places.ts';
import { followTheme, windowLook } from './windowLook.ts';
import { WindowPlaces } from './windowPlaces.ts';

const MAIN = 'main';
const MOST_CONSOLE_WINDOWS = 64;

export interface WindowsOptions {
  readonly dataDir: string;
  readonly preloadPath: string;
  /** The main window was put away while work goes on: the person should know where it went. */
  readonly onKeptRunning: () => void;
}

/**
 * The main window and those of single consoles. These belong to the main window's page: their elements move between the
 * two, and with them the stream that feeds them. So a main window that is closed while there are some is only hidden,
 * as it is while work runs, and ends when nothing needs it any more.
 */
export class AppWindows {
  readonly #options: WindowsOptions;
  readonly #consoles = new Set<BrowserWindow>();
  #places: WindowPlaces | undefined;
  #main: BrowserWindow | undefined;
  #isWorking = false;
  #isQuitting = false;

  constructor(options: WindowsOptions) {
    this.#options = options;
    app.on('before-quit', () => {
      this.#isQuitting = true;
    });
  }

  get main(): BrowserWindow | undefined {
    return this.#main;
  }

  /** All that are open, hidden ones too. */
  get all(): readonly BrowserWindow[] {
    return [...(this.#main ? [this.#main] : []), ...this.#consoles];
  }

  /** Brings the main window to the front, or opens it. */
  readonly showMain = (): void => {
    const window = this.#main;
    if (!window) return this.#openMain();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };

  /** Only the main frame of our main window, showing our own page, is listened to. */
  isOurPage(frame: WebFrameMain | null): boolean {
    return frame !== null && frame === this.#main?.webContents.mainFrame && isOurs(frame.url);
  }

  /** A console that has the keyboard has all of it: no accelerator of a menu takes a key from it. */
  setKeyboard(holder: KeyboardHolder): void {
    for (const window of this.all) window.webContents.setIgnoreMenuShortcuts(holder === 'console');
  }

  /** While work runs the app outlives its windows. */
  setWorking(isWorking: boolean): void {
    this.#isWorking = isWorking;
    this.#endWhereUseless();
  }

  /** What a window that our page opens is made of; undefined where it must not. */
  readonly optionsFor = (
    opener: WebContents,
    { url, frameName, features }: HandlerDetails,
  ): BrowserWindowConstructorOptions | undefined => {
    const isOffered = url === `${appOrigin}${consoleWindowPath}` && frameName !== '';
    if (!isOffered || opener !== this.#main?.webContents || this.#consoles.size >= MOST_CONSOLE_WINDOWS)
      return undefined;
    const { x, y, isPlaced, ...size } = consoleWindowFeatures(features);
    const known = isSpanningWindow(frameName) ? undefined : this.#places?.find(consoleWindowKey(frameName));
    const bounds: Partial<Bounds> = known && !isPlaced ? pick(known) : { ...size, ...(isPlaced ? { x, y } : {}) };
    const look = { ...windowLook(this.#options.preloadPath), minWidth: 360, minHeight: 240, ...bounds };
    return isSpanningWindow(frameName) ? { ...look, ...bare } : look;
  };

  #openMain(): void {
    this.#places ??= new WindowPlaces(join(this.#options.dataDir, 'windows.json'));
    const known = this.#places.find(MAIN);
    const window = new BrowserWindow({
      ...windowLook(this.#options.preloadPath),
      show: true, // in its own colour until the page has drawn itself
      width: Math.min(1440, screen.getPrimaryDisplay().workAreaSize.width),
      height: Math.min(900, screen.getPrimaryDisplay().workAreaSize.height),
      minWidth: 640,
      minHeight: 420,
      ...(known && pick(known)),
    });
    this.#main = window;
    this.#prepare(window, MAIN);
    window.webContents.on('did-create-window', (child, { frameName }) => this.#adopt(child, frameName));
    // A page that is loaded anew has lost its windows' consoles; it opens them again by itself.
    window.webContents.on('did-navigate', () => this.#closeConsoles());
    window.webContents.on('render-process-gone', () => this.#closeConsoles());
    window.on('close', (event) => this.#handleClose(window, event));
    window.once('closed', () => {
      this.#main = undefined;
      this.#closeConsoles();
    });
    void window.loadURL(`${appOrigin}/`);
  }

  #adopt(window: BrowserWindow, frameName: string): void {
    this.#consoles.add(window);
    if (isSpanningWindow(frameName)) this.#span(window);
    else this.#prepare(window, consoleWindowKey(frameName));
    window.once('closed', () => {
      this.#consoles.delete(window);
      this.#endWhereUseless();
    });
  }

  #span(window: BrowserWindow): void {
    const bounds = window.getBounds();
    window.setAlwaysOnTop(true, 'screen-saver'); // over panels and docks too
    window.once('ready-to-show', () => {
      window.show();
      window.setBounds(bounds); // some desktops fit a new window into one display
    });
  }

  #prepare(window: BrowserWindow, name: string): void {
    const known = this.#places?.find(name);
    if (known?.isMaximized) window.maximize();
    this.#places?.keep(window, name);
    followTheme(window);
    window.once('ready-to-show', () => {
      if (!window.isVisible()) window.show();
      if (known?.isFullScreen) window.setFullScreen(true);
    });
  }

  #handleClose(window: BrowserWindow, event: { preventDefault(): void }): void {
    if (this.#isQuitting || (this.#consoles.size === 0 && !this.#isWorking)) return;
    event.preventDefault();
    if (window.isFullScreen()) window.setFullScreen(false);
    window.hide();
    if (this.#consoles.size === 0) this.#options.onKeptRunning();
  }

  /** Nobody sees the main window, and nothing needs it: it goes, and with the last window the app. */
  #endWhereUseless(): void {
    const window = this.#main;
    if (!window || this.#isQuitting || this.#consoles.size > 0 || this.#isWorking) return;
    if (!window.isVisible() && !window.isMinimized() && !window.webContents.isLoading()) window.destroy();
  }

  #closeConsoles(): void {
    for (const window of [...this.#consoles]) window.destroy();
  }
}

/** Over all displays: nothing of a window around the guest's picture. */
const bare: BrowserWindowConstructorOptions = {
  frame: false,
  titleBarStyle: 'default',
  titleBarOverlay: false,
  hasShadow: false,
  enableLargerThanScreen: true,
  fullscreenable: false,
};

const pick = ({ x, y, width, height }: Bounds): Bounds => ({ x, y, width, height });
