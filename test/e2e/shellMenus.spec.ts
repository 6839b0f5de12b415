// Native menus are made of the page's commands, and leave every key to a console that has the keyboard.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { dist, root } from '../../build/paths.mjs';
import { type App, expect, test } from './fixtures/app.ts';
import { openTerminal, terminalText } from './fixtures/consoles.ts';
import { electronPath, launchElectron } from './fixtures/electronApp.ts';
import { signIn, tree } from './fixtures/signIn.ts';
import { endProcess } from './fixtures/webApp.ts';

function shellOf(app: App) {
  if (!app.shell) throw new Error('not in Electron');
  return app.shell;
}

/** What the menu shows of a command; undefined where it is in none. */
const itemOf = (app: App, id: string) =>
  shellOf(app).evaluate(({ Menu }, wanted) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
    return item ? { label: item.label, isOn: item.checked, isOff: !item.enabled, keys: item.accelerator } : undefined;
  }, id);

const choose = (app: App, id: string) =>
  shellOf(app).evaluate(({ Menu }, wanted) => {
    Menu.getApplicationMenu()?.getMenuItemById(wanted)?.click();
  }, id);

test('menus hold the commands of the page, follow its state and do them', async ({ app, lab }) => {
  const { page } = app;
  await expect.poll(() => itemOf(app, 'console.again')).toMatchObject({ isOff: true });
  await choose(app, 'help.keys');
  await expect(page.getByRole('dialog', { name: 'Keyboard map' })).toBeVisible();
  await page.keyboard.press('Escape');
  await signIn(page, lab);
  await expect.poll(() => itemOf(app, 'view.inventory')).toMatchObject({ isOn: true, keys: 'CommandOrControl+B' });
  await choose(app, 'view.inventory');
  await expect(tree(page)).toBeHidden();
  await expect.poll(() => itemOf(app, 'view.inventory')).toMatchObject({ isOn: false });
  await choose(app, 'view.inventory');
  await openTerminal(page, 'dns');
  await expect.poll(() => itemOf(app, 'console.paste')).toMatchObject({ isOff: false, label: 'Paste' });
  await choose(app, 'tab.close');
  await expect(page.locator('[data-console]')).toHaveCount(0);
  await expect.poll(() => itemOf(app, 'console.again')).toMatchObject({ isOff: true });
});

test('a console that has the keyboard gets the keys of menus too', async ({ app, lab }) => {
  const { page } = app;
  await signIn(page, lab);
  const terminal = await openTerminal(page, 'dns');
  await expect.poll(() => terminalText(page, terminal)).toMatch(/#\s*$/);
  const says = page.getByText('Keys go to dns');
  await expect(says).toBeVisible();
  for (const keys of ['Control+b', 'Control+q', 'Control+Shift+W', 'Control+n', 'F10']) await page.keyboard.press(keys);
  await page.keyboard.press('Control+c');
  await page.keyboard.type('echo all mine\n');
  await expect.poll(() => terminalText(page, terminal)).toMatch(/\nall mine/);
  await expect(tree(page)).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('ControlRight'); // gives them back
  await expect(says).toBeHidden();
  await page.keyboard.press('Control+b');
  await expect(tree(page)).toBeHidden();
  await page.keyboard.press('Control+n');
  await expect(page.getByRole('dialog', { name: 'Add a cluster' })).toBeVisible();
});

test('all menus open from the title bar, where the system shows none', async ({ app }) => {
  const shell = shellOf(app);
  await expect.poll(() => itemOf(app, 'cluster.add')).toBeDefined();
  const watch = () =>
    shell.evaluate(({ Menu }) => {
      const state = globalThis as { menuOpened?: number };
      state.menuOpened = 0;
      Menu.prototype.popup = () => {
        state.menuOpened = (state.menuOpened ?? 0) + 1;
      };
    });
  await watch();
  const opened = () => shell.evaluate(() => (globalThis as { menuOpened?: number }).menuOpened);
  await app.page.getByRole('button', { name: 'Menu, F10' }).click();
  await expect.poll(opened).toBe(1);
  await app.page.keyboard.press('F10');
  await expect.poll(opened).toBe(2);
  // What is no place in a window opens nothing.
  await app.page.evaluate(() => window.sluice?.popUpMenu({ x: -5, y: 1e9 }));
  await app.page.evaluate(() => window.sluice?.setMenus([{ name: 'evil', groups: [] }] as never));
  expect(await opened()).toBe(2);
  expect(await itemOf(app, 'cluster.add')).toBeDefined();
});

test('another start hands its link over, and the window that is there comes to the front', async ({ app }) => {
  const shell = shellOf(app);
  await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const args = ['-r', join(dist, 'early.cjs'), root, `--data-dir=${app.dataDir}`, 'sluice://nowhere/100'];
  const other = spawn(electronPath() ?? '', process.getuid?.() === 0 ? ['--no-sandbox', ...args] : args, {
    stdio: 'ignore',
  });
  try {
    await expect(app.page.getByRole('alertdialog', { name: 'This link was not opened' })).toBeVisible({
      timeout: 30_000,
    });
    expect(
      await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((w) => w.isVisible())),
    ).toEqual([true]);
    await expect.poll(() => other.exitCode, { timeout: 30_000 }).toBe(0);
  } finally {
    await endProcess(other);
  }
});

test('a window comes back where it was, and to a display that is there', async ({ app }) => {
  const isShown = (shell: ReturnType<typeof shellOf>) =>
    shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await expect.poll(() => isShown(shellOf(app))).toBe(true);
  const place = { x: 120, y: 90, width: 900, height: 640 };
  await shellOf(app).evaluate(
    ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
    place,
  );
  const boundsOf = (shell: ReturnType<typeof shellOf>) =>
    shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
  await expect.poll(() => boundsOf(shellOf(app))).toEqual(place);
  await shellOf(app).evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await expect.poll(() => app.page.isClosed()).toBe(true);
  const again = await launchElectron(app.dataDir);
  try {
    await again.firstWindow();
    await expect.poll(() => isShown(again)).toBe(true);
    await expect.poll(() => boundsOf(again)).toEqual(place);
    // It is dragged to a second display, which is then unplugged.
    const change = (isThere: boolean) =>
      again.evaluate(({ screen }, hasSecond) => {
        const [first] = screen.getAllDisplays();
        const area = { x: 1440, y: 0, width: 1280, height: 1024 };
        const second = hasSecond && first ? [{ ...first, bounds: area, workArea: area }] : [];
        screen.getAllDisplays = () => (first ? [first, ...second] : []);
        screen.emit(hasSecond ? 'display-added' : 'display-removed', {}, first, []);
      }, isThere);
    await change(true);
    // Moved once the displays are settled, it is remembered for these too.
    const setsKept = async () => {
      await again.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        window?.setBounds({ x: 1600 + ((window.getBounds().x + 1) % 2), y: 100, width: 800, height: 600 });
      });
      return Object.keys(JSON.parse(await readFile(join(app.dataDir, 'windows.json'), 'utf8')) as object).length;
    };
    await expect.poll(setsKept, { intervals: [700] }).toBe(2);
    await change(false);
    await expect.poll(() => boundsOf(again)).toEqual(place); // where it was with the one display
  } finally {
    await again.close();
  }
});
