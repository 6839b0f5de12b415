import {
  app,
  type BrowserWindowConstructorOptions,
  type HandlerDetails,
  type Session,
  shell,
  type WebContents,
} from 'electron';

import { isOurs } from './appProtocol.ts';

/** What the page may ask the browser for; all else is refused. */
const granted = new Set<string>([
  'clipboard-read',
  'clipboard-sanitized-write',
  'fullscreen',
  'automatic-fullscreen', // of a console that was just moved to another display
  'keyboardLock', // Escape, Alt Tab and the like go to the guest in full screen
  'window-management', // which displays there are
]);

/** What a window that a page opens is made of; undefined for all but those of our own page's consoles. */
export type WindowOffer = (opener: WebContents, wish: HandlerDetails) => BrowserWindowConstructorOptions | undefined;

/** No page but ours, no window but ours, no permission but the few of `granted`. Covers every web contents to come. */
export function lockDown(session: Session, offer: WindowOffer): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(granted.has(permission) && isOurs(contents.getURL())),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => granted.has(permission) && isOurs(origin));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  app.on('web-contents-created', (_event, contents) => lockContents(contents, offer));
}

function lockContents(contents: WebContents, offer: WindowOffer): void {
  contents.on('will-navigate', (event) => {
    if (!isOurs(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler((wish) => {
    const overrideBrowserWindowOptions = offer(contents, wish);
    if (overrideBrowserWindowOptions) return { action: 'allow', overrideBrowserWindowOptions };
    // A link in a guest's terminal, clicked by the person: their browser shows it. Nothing else leaves.
    if (isWebLink(wish.url)) void shell.openExternal(wish.url);
    return { action: 'deny' };
  });
}

function isWebLink(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  return parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
}
