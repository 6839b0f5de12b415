// Full screen on a monitor of choice and over all of them. The one display of the test plays two: its halves.
import type { Page } from '@playwright/test';

import { type App, expect, test } from './fixtures/app.ts';
import { frontConsole, openConsole, waitForPicture } from './fixtures/consoles.ts';
import { signIn } from './fixtures/signIn.ts';

function shellOf(app: App) {
  if (!app.shell) throw new Error('not in Electron');
  return app.shell;
}

const choose = (app: App, id: string) =>
  shellOf(app).evaluate(({ Menu }, wanted) => {
    const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
    item?.click();
    return item?.label;
  }, id);

/** Of the window of the console, which its title tells. */
const consoleBounds = (app: App) =>
  shellOf(app).evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .find((window) => window.getTitle().includes('screen'))
      ?.getBounds(),
  );

/** The one way out, as it says. */
async function leave(window: Page): Promise<void> {
  await window.keyboard.press('ControlRight');
  await window.keyboard.down('F11').catch(() => {}); // it closes before it can answer
}

test('a console goes to the monitor of choice and over all, and comes back', async ({ app, lab }) => {
  const { page } = app;
  const halves = [0, 500].map((left) => ({ label: `Half ${left}`, left, top: 0, width: 500, height: 600 }));
  await page.evaluate((screens) => {
    const details = Object.assign(new EventTarget(), { screens, currentScreen: screens[0] });
    Object.assign(window, { getScreenDetails: () => Promise.resolve(details) });
    Object.defineProperty(window.screen, 'isExtended', { value: true });
  }, halves);
  await signIn(page, lab);
  await waitForPicture(await openConsole(page, 'web-frontend'));
  const hasBoth = async () => {
    await choose(app, 'screens.ask'); // unless the page asked by itself, as it does on its start
    return shellOf(app).evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('screens.full 1')?.label);
  };
  await expect.poll(hasBoth).toBe('Full screen on Half 500');
  const [alone] = await Promise.all([
    app.context.waitForEvent('page'),
    expect.poll(() => choose(app, 'screens.full 1')).toBe('Full screen on Half 500'),
  ]);
  await expect.poll(() => alone.evaluate(() => document.fullscreenElement !== null)).toBe(true);
  await expect(alone.getByText('leaves full screen')).toBeVisible();
  await waitForPicture(frontConsole(alone));
  await leave(alone);
  await expect.poll(() => alone.isClosed()).toBe(true); // it was a tab before
  await waitForPicture(frontConsole(page));

  const [over] = await Promise.all([
    app.context.waitForEvent('page'),
    expect.poll(() => choose(app, 'screens.span')).toBe('Over all monitors'),
  ]);
  await waitForPicture(frontConsole(over));
  await expect.poll(() => consoleBounds(app)).toEqual({ x: 0, y: 0, width: 1000, height: 600 });
  await expect(over.getByRole('toolbar')).toHaveCount(0);
  await leave(over);
  await expect.poll(() => over.isClosed()).toBe(true);
  await waitForPicture(frontConsole(page));
});
