import { type BrowserWindow, type BrowserWindowConstructorOptions, nativeTheme } from 'electron';

const TITLE_BAR_PX = 36; // look.md, Anatomy: the page draws it, the system puts its buttons over it

/** The tokens `chrome` and `text-2` of look.md, for what is drawn before and around the page. */
const colours = {
  light: { chrome: '#E8ECED', symbol: '#435257' },
  dark: { chrome: '#0D1113', symbol: '#A9B6BB' },
};

const currentColours = () => (nativeTheme.shouldUseDarkColors ? colours.dark : colours.light);

/** What all our windows have in common: the page draws the title bar, and runs locked in. */
export function windowLook(preloadPath: string): BrowserWindowConstructorOptions {
  const { chrome, symbol } = currentColours();
  return {
    show: false,
    title: 'Sluice',
    backgroundColor: chrome,
    titleBarStyle: 'hidden',
    ...(process.platform === 'darwin' ? { trafficLightPosition: { x: 13, y: 11 } } : {}),
    titleBarOverlay: { color: chrome, symbolColor: symbol, height: TITLE_BAR_PX },
    webPreferences: {
      preload: preloadPath,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      // A hidden window still acknowledges what its consoles receive.
      backgroundThrottling: false,
    },
  };
}

export function followTheme(window: BrowserWindow): void {
  const repaint = () => {
    const { chrome, symbol } = currentColours();
    window.setBackgroundColor(chrome);
    if (process.platform !== 'darwin') window.setTitleBarOverlay({ color: chrome, symbolColor: symbol });
  };
  nativeTheme.on('updated', repaint);
  window.once('closed', () => nativeTheme.off('updated', repaint));
}
