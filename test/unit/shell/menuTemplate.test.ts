import { describe, expect, it } from 'vitest';

import { type MenuPlatform, menuTemplate, toAccelerator } from '../../../electron/main/menuTemplate.ts';
import type { ShellMenus } from '../../../shared/wire/shellMenu.ts';

type MenuItemConstructorOptions = ReturnType<typeof menuTemplate>[number];

const menus: ShellMenus = [
  {
    name: 'file',
    groups: [
      [{ id: 'cluster.add', label: 'Add a cluster…', keys: 'Ctrl N' }],
      [{ id: 'out', label: 'Sign out of a & b' }],
      [{ id: 'app.settings', label: 'Settings…', keys: 'Ctrl ,' }],
    ],
  },
  { name: 'edit', groups: [] },
  { name: 'help', groups: [[{ id: 'help.keys', label: 'Keyboard map', keys: 'F1' }]] },
  { name: 'view', groups: [[{ id: 'view.panel', label: 'Panel', isOn: true }]] },
  { name: 'console', groups: [[{ id: 'console.again', label: 'Connect again', isOff: true }], []] },
];

const platforms: readonly MenuPlatform[] = ['linux', 'win32', 'darwin'];
const subOf = (items: readonly MenuItemConstructorOptions[], id: string) =>
  (items.find((item) => item.id === id)?.submenu ?? []) as MenuItemConstructorOptions[];
const itemOf = (items: readonly MenuItemConstructorOptions[], menu: string, id: string) =>
  subOf(items, menu).find((item) => item.id === id);
const rolesOf = (items: readonly MenuItemConstructorOptions[]) => items.flatMap(({ role }) => (role ? [role] : []));
const build = (platform: MenuPlatform, run: (id: string) => void = () => undefined) =>
  menuTemplate(platform, menus, run);

describe('the native menus', () => {
  it.each(platforms)('hold on %s what the page can do, and do it by its ID', (platform) => {
    const done: string[] = [];
    const items = build(platform, (id) => done.push(id));
    const add = itemOf(items, 'file', 'cluster.add');
    expect(add).toMatchObject({ enabled: true, accelerator: 'CommandOrControl+N', registerAccelerator: false });
    const { click } = add as { readonly click: () => void };
    click();
    expect(done).toEqual(['cluster.add']);
    expect(itemOf(items, 'console', 'console.again')?.enabled).toBe(false);
    expect(itemOf(items, 'view', 'view.panel')).toMatchObject({ type: 'checkbox', checked: true });
    expect(rolesOf(subOf(items, 'edit'))).toEqual(['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']);
  });

  it.each(platforms)('part groups on %s by one line, and never begin or end with one', (platform) => {
    for (const { submenu } of build(platform)) {
      const types = (submenu as MenuItemConstructorOptions[]).map(({ type }) => type === 'separator');
      expect(types[0]).toBe(false);
      expect(types.at(-1)).toBe(false);
      expect(types.some((isLine, at) => isLine && types[at + 1])).toBe(false);
    }
  });

  it('put settings and quitting where each system has them', () => {
    const [app, ...own] = build('darwin');
    expect(app?.role).toBe('appMenu');
    const appItems = app?.submenu as MenuItemConstructorOptions[];
    expect(appItems.map(({ id }) => id)).toContain('app.settings');
    expect(rolesOf(appItems)).toEqual(['about', 'services', 'hide', 'hideOthers', 'unhide', 'quit']);
    expect(itemOf(own, 'file', 'app.settings')).toBeUndefined();
    expect(rolesOf(subOf(own, 'file'))).toEqual([]);
    expect(own.map(({ role }) => role).filter(Boolean)).toEqual(['window', 'help']);
    for (const platform of ['linux', 'win32'] as const) {
      const items = build(platform);
      expect(itemOf(items, 'file', 'app.settings')).toBeDefined();
      expect(rolesOf(subOf(items, 'file'))).toEqual(['quit']);
      expect(rolesOf(subOf(items, 'help'))).toEqual(['about']);
    }
  });

  it('underline letters where menus are opened by them, and no others', () => {
    expect(build('linux')[0]?.label).toBe('&File');
    expect(itemOf(build('win32'), 'file', 'out')?.label).toBe('Sign out of a && b');
    expect(build('darwin')[1]?.label).toBe('File');
    expect(itemOf(build('darwin'), 'file', 'out')?.label).toBe('Sign out of a & b');
  });

  it('offer no reload, no tools of developers and no zoom of the page', () => {
    const all = platforms.flatMap((platform) =>
      build(platform).flatMap(({ submenu }) => rolesOf(submenu as MenuItemConstructorOptions[])),
    );
    for (const role of ['reload', 'forceReload', 'toggleDevTools', 'zoomIn', 'zoomOut', 'resetZoom']) {
      expect(all).not.toContain(role);
    }
  });

  it('are those of the system alone before the page tells its own', () => {
    expect(menuTemplate('linux', [], () => undefined).map(({ id }) => id)).toEqual(['file', 'edit', 'window', 'help']);
  });
});

it('writes keys as Electron does', () => {
  expect(['Ctrl K', 'Ctrl Alt Shift ←', 'Ctrl \\', 'Shift F6', 'F11'].map(toAccelerator)).toEqual([
    'CommandOrControl+K',
    'CommandOrControl+Alt+Shift+Left',
    'CommandOrControl+\\',
    'Shift+F6',
    'F11',
  ]);
});
