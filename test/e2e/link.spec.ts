// The link between page and engine is cut by something between: the page comes back by itself, and says so calmly.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from './fixtures/app.ts';
import { frontConsole, openConsole, openTerminal, terminalText, waitForPicture } from './fixtures/consoles.ts';
import { CuttableProxy } from './fixtures/cuttableProxy.ts';
import { guestRow, signIn } from './fixtures/signIn.ts';
import { endProcess, type ServedApp, serveApp } from './fixtures/webApp.ts';

test('a cut link is replaced, consoles open again and what was missed is told', async ({
  browserOfKind,
  kind,
  lab,
}, testInfo) => {
  test.skip(kind !== 'chromium' || !browserOfKind, 'in the shell there is no proxy between');
  const dir = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
  const proxy = await CuttableProxy.start();
  const served = await serveApp(dir, 0, ['--public-url', `http://127.0.0.1:${proxy.port}`]);
  proxy.target = served.listensAt;
  const context = await browserOfKind!.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  try {
    const page = await context.newPage();
    await page.goto(served.url);
    await signIn(page, lab);
    await waitForPicture(await openConsole(page, 'web-frontend'));
    const shell = await openTerminal(page, 'dns');
    await expect.poll(() => terminalText(page, shell)).toMatch(/#\s*$/);
    const banner = page.getByRole('status').filter({ hasText: 'engine does not answer' });

    // A moment: the page keeps quiet, and both consoles are there again.
    const before = proxy.accepted;
    proxy.cut();
    await expect.poll(() => proxy.accepted).toBeGreaterThan(before);
    await expect.poll(() => terminalText(page, shell)).toMatch(/#\s*$/);
    await expect(banner).toBeHidden();
    await shell.locator('.xterm').click();
    await page.keyboard.type('echo back again\n');
    await expect.poll(() => terminalText(page, shell)).toMatch(/\nback again/);
    await page.locator('.dv-tab', { hasText: 'web-frontend' }).click();
    await waitForPicture(frontConsole(page));

    // Longer: it says so, and forgets it when the link is back; what changed meanwhile is there.
    proxy.refuses = true;
    proxy.cut();
    await expect(banner).toBeVisible();
    await testInfo.attach('lost', { body: await page.screenshot(), contentType: 'image/png' });
    lab.changeGuests((guests) => {
      guests.get(101)!.name = 'renamed-meanwhile';
    });
    await expect(guestRow(page, 'web-frontend')).toBeVisible(); // what is known stays on the screen
    proxy.refuses = false;
    await expect(banner).toBeHidden({ timeout: 20_000 }); // by itself
    await expect(guestRow(page, 'renamed-meanwhile')).toBeVisible();
    await waitForPicture(frontConsole(page));
  } finally {
    lab.changeGuests((guests) => {
      guests.get(101)!.name = 'web-frontend'; // other tests know it so
    });
    await context.close();
    await endProcess(served.process);
    await proxy.close();
    await rm(dir, { recursive: true, force: true });
  }
});

test('a page of an engine that was started anew says so, and goes on once its address was opened', async ({
  browserOfKind,
  kind,
  lab,
}) => {
  test.skip(kind !== 'chromium' || !browserOfKind, 'the shell starts its own engine');
  const dir = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
  const proxy = await CuttableProxy.start();
  const serve = () => serveApp(dir, 0, ['--public-url', `http://127.0.0.1:${proxy.port}`]);
  let served: ServedApp = await serve();
  proxy.target = served.listensAt;
  const context = await browserOfKind!.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  try {
    const page = await context.newPage();
    await page.goto(served.url);
    await signIn(page, lab);
    await endProcess(served.process, 'SIGKILL');
    served = await serve();
    proxy.target = served.listensAt;
    const banner = page.getByRole('status').filter({ hasText: 'started anew' });
    await expect(banner).toContainText('Open the address it printed', { timeout: 20_000 });
    const other = await context.newPage();
    await other.goto(served.url);
    await page.bringToFront();
    await expect(banner).toBeHidden({ timeout: 20_000 });
  } finally {
    await context.close();
    await endProcess(served.process);
    await proxy.close();
    await rm(dir, { recursive: true, force: true });
  }
});
