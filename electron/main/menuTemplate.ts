// The native menus for each platform, out of what the page offers. Pure: appMenu.ts joins it to Electron.
import type { MenuItemConstructorOptions } from 'electron';

import { type MenuName, menuNames, type ShellMenuItem, type ShellMenus } from '../../shared/wire/shellMenu.ts';

type Item = MenuItemConstructorOptions;
export type MenuPlatform = 'darwin' | 'win32' | 'linux';

/** With the letter that opens each by the keyboard; a Mac has none. */
const titles: Record<MenuName, string> = {
  file: '&File',
  edit: '&Edit',
  view: '&View',
  console: '&Console',
  window: '&Window',
  help: '&Help',
};
const SETTINGS = 'app.settings'; // a Mac has it in the menu of the app

const line: Item = { type: 'separator' };

/**
 * `run` does the page's command of that ID. The page meets its shortcuts itself, and before any menu: where a menu can
 * show keys without taking them it only shows them.
 */
export function menuTemplate(platform: MenuPlatform, menus: ShellMenus, run: (id: string) => void): Item[] {
  const isMac = platform === 'darwin';
  const toItem = itemMaker(isMac, run);
  const groupsOf = (name: MenuName): Item[][] =>
    (menus.find((menu) => menu.name === name)?.groups ?? []).map((group) =>
      group.filter(({ id }) => !isMac || id !== SETTINGS).map(toItem),
    );
  const settings = menus.flatMap(({ groups }) => groups.flat()).find(({ id }) => id === SETTINGS);
  const own = menuNames.flatMap((name): Item[] => {
    const submenu = joined([...groupsOf(name), ...systemGroups(name, isMac)]);
    if (submenu.length === 0) return [];
    const role = isMac && (name === 'window' || name === 'help') ? { role: name } : {};
    return [{ id: name, label: isMac ? titles[name].slice(1) : titles[name], ...role, submenu }];
  });
  return isMac ? [macAppMenu(settings && toItem(settings)), ...own] : own;
}

function itemMaker(isMac: boolean, run: (id: string) => void): (item: ShellMenuItem) => Item {
  return ({ id, label, keys, isOff, isOn }) => ({
    id,
    label: isMac ? label : label.replaceAll('&', '&&'), // one alone underlines the next letter
    enabled: isOff !== true,
    ...(isOn !== undefined && { type: 'checkbox', checked: isOn }),
    ...(keys !== undefined && { accelerator: toAccelerator(keys), registerAccelerator: false }),
    click: () => run(id),
  });
}

/** What the system itself does, by name. */
function systemGroups(name: MenuName, isMac: boolean): Item[][] {
  switch (name) {
    case 'file':
      return isMac ? [] : [[{ role: 'quit', accelerator: 'CommandOrControl+Q' }]];
    case 'edit':
      return [
        [{ role: 'undo' }, { role: 'redo' }],
        [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }],
      ];
    case 'view':
      return isMac ? [[{ role: 'togglefullscreen' }]] : [];
    case 'window':
      return [
        [{ role: 'minimize', accelerator: 'CommandOrControl+M' }, ...(isMac ? [{ role: 'zoom' } as const] : [])],
        [
          { role: 'close', label: 'Close the window', accelerator: 'CommandOrControl+Shift+W' },
          ...(isMac ? [{ role: 'front' } as const] : []),
        ],
      ];
    case 'help':
      return isMac ? [] : [[{ role: 'about' }]];
    case 'console':
      return [];
  }
}

function macAppMenu(settings: Item | undefined): Item {
  const groups: Item[][] = [
    [{ role: 'about' }],
    settings ? [settings] : [],
    [{ role: 'services' }],
    [{ role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }],
    [{ role: 'quit' }],
  ];
  return { role: 'appMenu', submenu: joined(groups) };
}

const joined = (groups: readonly Item[][]): Item[] =>
  groups.filter((group) => group.length > 0).flatMap((group, at) => (at === 0 ? group : [line, ...group]));

const words: Readonly<Record<string, string>> = {
  Ctrl: 'CommandOrControl',
  '←': 'Left',
  '→': 'Right',
  '↑': 'Up',
  '↓': 'Down',
};

/** `Ctrl Alt ←` as Electron writes it: `CommandOrControl+Alt+Left`. */
export const toAccelerator = (keys: string): string =>
  keys
    .split(' ')
    .map((word) => words[word] ?? word)
    .join('+');
