// What the Electron shell's preload script gives to the page. A browser tab has no `window.sluice`.
import type { KeyboardHolder, ShellMenus } from './shellMenu.ts';
import type { UpdateAction } from './shellUpdate.ts';
import type { ShellNotice, ShellWork } from './shellWork.ts';

/**
 * `window.sluice`. A MessagePort cannot pass through Electron's context bridge, so `connect` only asks for it: the port
 * arrives as a `message` event of this window from itself, with `{ kind: shellPortKind, request }` as data and the port
 * as the only transferred object. A port whose engine is gone fires `close`; ask for a new one then.
 */
export interface ShellBridge {
  readonly platform: 'darwin' | 'win32' | 'linux';
  /** Returns the number that the message with the port will carry as `request`. */
  connect(): number;
  /** The person's choice of theme, for the window's own buttons and for `prefers-color-scheme`. */
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  /** Brings the main window to the front; it may be hidden while its consoles stand in windows of their own. */
  showMain(): void;
  /** What stands in the native menus beside what the system itself does. */
  setMenus(menus: ShellMenus): void;
  /** The one listener for what was chosen in a native menu, by the ID it was given with. */
  onCommand(listener: (id: string) => void): void;
  /** Opens all menus as one, at a place in the window that is in front, where the system shows no menu bar. */
  popUpMenu(place: { readonly x: number; readonly y: number }): void;
  /** Accelerators of menus yield while a console has the keyboard. */
  setKeyboard(holder: KeyboardHolder): void;
  /** Where a `File` that the person chose or dropped lies on this machine; empty where it lies nowhere. */
  pathOf(file: object): string;
  /** The system's dialog for where a file of that name is to go, its question about one that is there included. */
  choosePlace(name: string): Promise<string | undefined>;
  /** Shows a notification of the desktop. `id` comes back when it is clicked; a newer one of the same ID replaces it. */
  notify(notice: ShellNotice): void;
  /** The one listener for clicked notifications. */
  onNoticeClick(listener: (id: string) => void): void;
  /** For the dock, the taskbar and the tray. */
  setWork(work: ShellWork): void;
  /** The one listener for updates of the program: told once now, then with each change. */
  onUpdate(listener: (state: unknown) => void): void;
  update(action: UpdateAction): void;
}

export const shellPortKind = 'sluice.port';
