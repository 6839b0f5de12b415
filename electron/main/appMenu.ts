import { Menu } from 'electron';

import type { ShellMenus } from '../../shared/wire/shellMenu.ts';
import { type MenuPlatform, menuTemplate } from './menuTemplate.ts';
import type { AppWindows } from './windows.ts';

const platform: MenuPlatform =
  process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';

/** Puts the page's commands into the system's menus. Before the page tells them there are those of the system alone. */
export function setMenus(menus: ShellMenus, windows: AppWindows): void {
  const run = (id: string) => {
    if (!windows.all.some((window) => window.isFocused())) windows.showMain();
    windows.main?.webContents.send('command', id);
  };
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(platform, menus, run)));
}
