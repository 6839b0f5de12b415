// What is lost comes back, or says what happened and what to do; the rest lives on.
import { expect, test } from './fixtures/app.ts';
import { frontConsole, openConsole, openTerminal, terminalText, waitForPicture } from './fixtures/consoles.ts';
import { guestRow, signIn, tree } from './fixtures/signIn.ts';

test('after a reload the page is signed in and its consoles come back', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  await waitForPicture(await openConsole(page, 'web-frontend'));
  await page.reload();
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
  await waitForPicture(frontConsole(page));
});

test('a guest that goes off says so on its console only, and offers to start it', async ({
  app: { page },
  lab,
  guests,
}) => {
  await signIn(page, lab);
  const shell = await openTerminal(page, 'dns');
  await expect.poll(() => terminalText(page, shell)).toMatch(/#\s*$/);
  const screen = await openConsole(page, 'db-replica');
  await waitForPicture(screen);
  await guestRow(page, 'db-replica').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Stop now' }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /Stop db-replica/ })
    .click();
  const card = screen.getByRole('status', { name: /db-replica is not running/ });
  await expect(card).toBeVisible({ timeout: 20_000 });
  await page.locator('.dv-tab', { hasText: 'dns' }).click();
  await shell.locator('.xterm').click();
  await page.keyboard.type('echo still here\n');
  await expect.poll(() => terminalText(page, shell)).toMatch(/\nstill here/);
  await page.locator('.dv-tab', { hasText: 'db-replica' }).click();
  await card.getByRole('button', { name: 'Start db-replica' }).click();
  await waitForPicture(screen);
  expect(guests.of(200).isRunning).toBe(true);
});

test('a server that goes away is told, and everything comes back with it', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  const screen = await openConsole(page, 'web-frontend');
  await waitForPicture(screen);
  lab.refuseConnections(true);
  lab.killConnections({ reset: true });
  await expect(screen.getByRole('status', { name: /Reconnecting|does not answer|lost/ })).toBeVisible();
  lab.refuseConnections(false);
  await waitForPicture(screen);
  await expect(tree(page).getByRole('treeitem', { level: 1 })).not.toHaveAccessibleName(/unreachable|no answer/, {
    timeout: 30_000,
  });
});

test('a start whose answer was lost is sent again only when the person says so, knowing how things are', async ({
  app: { page },
  lab,
}) => {
  await signIn(page, lab);
  const row = guestRow(page, 'scratch');
  const starts = () => lab.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/status/start'));
  lab.forgetRequests();
  lab.quirks.losesAnswers = true;
  await row.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Start', exact: true }).click();
  const toast = page.getByRole('alert').filter({ hasText: 'its answer never came' });
  await expect(toast).toContainText(/scratch is (stopped|running) now/);
  expect(starts()).toHaveLength(1);
  lab.quirks.losesAnswers = false;
  await toast.getByRole('button', { name: 'Send again' }).click();
  await expect.poll(() => starts().length).toBe(2);
});

test('a killed engine is told; in the shell everything comes back by itself', async ({ app, lab }) => {
  const { page } = app;
  await signIn(page, lab);
  await waitForPicture(await openConsole(page, 'web-frontend'));
  await app.killEngine();
  const banner = page.getByRole('status').filter({ hasText: 'engine does not answer' });
  if (app.kind === 'chromium') {
    await expect(banner).toBeVisible();
    await expect(banner).toContainText('start it again and open the address it prints', { timeout: 20_000 });
    return;
  }
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
  await waitForPicture(frontConsole(page));
  await expect(banner).toBeHidden();
});
