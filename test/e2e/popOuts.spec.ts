// Consoles in windows of their own: the stream goes on through the move, whatever becomes of the main window.
import type { ElectronApplication, Page } from '@playwright/test';

import { type App, expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { frontConsole, openConsole, openTerminal, terminalText, waitForPicture } from './fixtures/consoles.ts';
import { guestRow, signIn } from './fixtures/signIn.ts';

const tabOf = (page: Page, name: string) => page.locator('.dv-tab', { hasText: name });

/** Moves the console of this tab into a window of its own, as its menu does it. */
async function popOut(app: App, name: string): Promise<Page> {
  await tabOf(app.page, name).click({ button: 'right' });
  const [child] = await Promise.all([
    app.context.waitForEvent('page'),
    app.page.getByRole('menuitem', { name: 'Move to a window of its own' }).click(),
  ]);
  await expect(child.getByRole('button', { name: 'Put back into the main window' })).toBeVisible();
  return child;
}

function shellOf(app: App): ElectronApplication {
  if (!app.shell) throw new Error('not in Electron');
  return app.shell;
}

/** By title: whether each window can be seen. */
const visibleWindows = (app: App) =>
  shellOf(app).evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .filter((window) => window.isVisible())
      .map((window) => window.getTitle()),
  );

const closeMain = (app: App) =>
  shellOf(app).evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()
      .find((window) => !window.getTitle().includes('·'))
      ?.close();
  });

test('a terminal moves to a window of its own and back, and its shell never notices', async ({ app, lab }) => {
  const { page } = app;
  await signIn(page, lab);
  const inDock = await openTerminal(page, 'dns');
  await expect.poll(() => terminalText(page, inDock)).toMatch(/#\s*$/);
  await page.keyboard.type('echo kept before\n');
  const consoles = () => lab.requests.filter(({ path }) => path.endsWith('/termproxy')).length;
  const before = consoles();

  const child = await popOut(app, 'dns');
  await expect(tabOf(page, 'dns')).toHaveCount(0);
  const alone = frontConsole(child);
  await expect(child).toHaveTitle(/^dns · terminal · Sluice$/);
  await child.screenshot({ path: test.info().outputPath('alone.png') });
  await alone.locator('.xterm').click();
  await child.keyboard.type('echo kept in a window\n');
  await expect(alone.locator('.xterm-rows')).toContainText('a windowkept in a window'); // asked and answered

  await child.getByRole('button', { name: 'Put back into the main window' }).click();
  await expect.poll(() => child.isClosed()).toBe(true);
  const back = frontConsole(page);
  await expect.poll(() => terminalText(page, back)).toMatch(/\nkept in a window/);
  await page.keyboard.type('echo kept again\n');
  await expect.poll(() => terminalText(page, back)).toMatch(/\nkept again/);
  expect(consoles()).toBe(before);
});

test('a screen fits its own window, and its menus, dialogs and palette open there', async ({ app, lab }) => {
  const { page } = app;
  await signIn(page, lab);
  await waitForPicture(await openConsole(page, 'web-frontend'));
  const child = await popOut(app, 'web-frontend');
  const panel = frontConsole(child);
  await waitForPicture(panel);
  await child.setViewportSize({ width: 700, height: 500 });
  const box = () => panel.locator('[data-waiting="false"] canvas').boundingBox();
  await expect.poll(async () => (await box())?.width ?? 9999).toBeLessThanOrEqual(700);
  await expect.poll(async () => (await box())?.height ?? 0).toBeGreaterThan(350);
  await panel.getByRole('button', { name: 'Send keys' }).click();
  await expect(child.getByRole('menuitem', { name: 'Ctrl Alt Delete' })).toBeVisible();
  await child.screenshot({ path: test.info().outputPath('menu.png') });
  await child.keyboard.press('Escape');
  await panel.getByRole('button', { name: 'Paste as keys' }).click();
  await expect(child.getByRole('dialog')).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await child.screenshot({ path: test.info().outputPath('dialog.png') });
  await child.keyboard.press('Escape');
  await expect(child.getByRole('dialog')).toHaveCount(0);
  await child.keyboard.press('Control+k');
  await expect(child.getByRole('dialog')).toBeVisible();
  await child.screenshot({ path: test.info().outputPath('palette.png') });
  await child.keyboard.press('Escape');
  await expect(child.getByRole('dialog')).toHaveCount(0);
  expect(await axeProblems(child)).toEqual([]);
  await guestRow(page, 'web-frontend').dblclick(); // it is open already: its window comes to the front
  await expect(tabOf(page, 'web-frontend')).toHaveCount(0);
  await child.close();
  await guestRow(page, 'web-frontend').dblclick();
  await expect(tabOf(page, 'web-frontend')).toBeVisible(); // closed with its window, it opens anew
});

test('the main window closes and comes back, and the console in its own window goes on', async ({ app, lab }) => {
  test.skip(app.kind !== 'electron', 'in a browser the page that opened them draws them');
  const { page } = app;
  await signIn(page, lab);
  const inDock = await openTerminal(page, 'dns');
  await expect.poll(() => terminalText(page, inDock)).toMatch(/#\s*$/);
  const child = await popOut(app, 'dns');
  await closeMain(app);
  await expect.poll(() => visibleWindows(app)).toEqual(['dns · terminal · Sluice']);
  const alone = frontConsole(child);
  await alone.locator('.xterm').click();
  await child.keyboard.type('echo still there\n');
  await expect(alone.locator('.xterm-rows')).toContainText('still therestill there');
  await child.setViewportSize({ width: 500, height: 400 });
  await expect.poll(async () => (await alone.locator('.xterm-screen').boundingBox())?.width ?? 999).toBeLessThan(500);
  await child.getByRole('button', { name: 'Put back into the main window' }).click();
  await expect.poll(() => visibleWindows(app)).toEqual(['dns · Sluice']);
  await expect.poll(() => terminalText(page, frontConsole(page))).toMatch(/still there/);
});

test('windows of consoles come back with a page that is loaded anew', async ({ app, lab }) => {
  const { page } = app;
  await signIn(page, lab);
  await waitForPicture(await openConsole(page, 'web-frontend'));
  const child = await popOut(app, 'web-frontend');
  if (app.kind !== 'electron') {
    await page.reload(); // a browser opens no window unasked: it comes back as a tab
    await expect.poll(() => child.isClosed()).toBe(true);
    await waitForPicture(frontConsole(page));
    return;
  }
  const [next] = await Promise.all([app.context.waitForEvent('page'), page.reload()]);
  await expect.poll(() => child.isClosed()).toBe(true);
  await waitForPicture(frontConsole(next));
  await expect(tabOf(page, 'web-frontend')).toHaveCount(0);
});

test('with its last window the app ends, unless work of its own runs', async ({ app, lab }) => {
  test.skip(app.kind !== 'electron', 'a browser is not ours to end');
  const { page } = app;
  const shell = shellOf(app);
  await signIn(page, lab);
  await waitForPicture(await openConsole(page, 'web-frontend'));
  const child = await popOut(app, 'web-frontend');
  // In place of the page, which tells its own every second.
  const setOwn = (own: number) =>
    shell.evaluate(({ BrowserWindow, ipcMain }, count) => {
      const kept = globalThis as { listenToWork?: ((event: object, work: object) => void) | undefined };
      kept.listenToWork ??= ipcMain.listeners('work')[0] as typeof kept.listenToWork;
      ipcMain.removeAllListeners('work');
      const main = BrowserWindow.getAllWindows().find(
        (window) => new URL(window.webContents.getURL()).pathname === '/',
      );
      kept.listenToWork?.({ senderFrame: main?.webContents.mainFrame }, { running: count, attention: 0, own: count });
    }, own);
  await setOwn(1);
  await closeMain(app);
  await expect.poll(() => visibleWindows(app)).toHaveLength(1);
  const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()));
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  await shell.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .find((window) => window.isVisible())
      ?.close(),
  );
  await expect.poll(() => child.isClosed()).toBe(true);
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  await shell.evaluate(({ app: electron }) => electron.emit('activate')); // as its sign beside the clock does
  await expect.poll(() => visibleWindows(app)).toEqual(['Sluice']);
  await closeMain(app);
  await expect.poll(() => visibleWindows(app)).toEqual([]);
  expect(hasEnded).toBe(false);
  await setOwn(0).catch(() => {}); // it ends before it can answer
  await ended;
});
