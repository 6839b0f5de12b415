import { join } from 'node:path';
import { BrowserWindow, nativeTheme } from 'electron';

import { appOrigin } from './appProtocol.ts';
import { keepWindowState, loadWindowState } from './windowState.ts';

const TITLE_BAR_PX = 36; // look.md, Anatomy: the page draws it, the system puts its buttons over it

/** The tokens `chrome` and `text-2` of look.md, for what is drawn before and around the page. */
const colours = {
  light: { chrome: '#E8ECED', symbol: '#435257' },
  dark: { chrome: '#0D1113', symbol: '#A9B6BB' },
};

const currentColours = () => (nativeTheme.shouldUseDarkColors ? colours.dark : colours.light);

export function openMainWindow(options: { dataDir: string; preloadPath: string }): BrowserWindow {
  const statePath = join(options.dataDir, 'window.json');
  const state = loadWindowState(statePath);
  const { chrome, symbol } = currentColours();
  const window = new BrowserWindow({
    ...(state ? { x: state.x, y: state.y, width: state.width, height: state.height } : { width: 1440, height: 900 }),
    minWidth: 640,
    minHeight: 420,
    show: false,
    title: 'Sluice',
    backgroundColor: chrome,
    titleBarStyle: 'hidden',
    ...(process.platform === 'darwin' ? { trafficLightPosition: { x: 13, y: 11 } } : {}),
    titleBarOverlay: { color: chrome, symbolColor: symbol, height: TITLE_BAR_PX },
    webPreferences: {
      preload: options.preloadPath,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      // A hidden window still acknowledges what its consoles receive.
      backgroundThrottling: false,
    },
  });
  if (state?.isMaximized) window.maximize();
  keepWindowState(window, statePath);
  followTheme(window);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${appOrigin}/`);
  return window;
}

function followTheme(window: BrowserWindow): void {
  const repaint = () => {
    const { chrome, symbol } = currentColours();
    window.setBackgroundColor(chrome);
    if (process.platform !== 'darwin') window.setTitleBarOverlay({ color: chrome, symbolColor: symbol });
  };
  nativeTheme.on('updated', repaint);
  window.once('closed', () => nativeTheme.off('updated', repaint));
}
