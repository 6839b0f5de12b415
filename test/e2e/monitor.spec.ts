// The monitor in the real program against the lab, in a browser and in the shell.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { guestRow, signIn, tree } from './fixtures/signIn.ts';

const MIB = 1 << 20;

test.use({ labOptions: { life: false, qemu: false, quirks: { uploadBytesPerSecond: 3 * MIB, taskPace: 8 } } });

async function openMonitor(page: Page) {
  await page.keyboard.press('Control+Shift+M');
  const list = page.getByRole('grid', { name: 'All tasks' });
  await expect(list).toBeFocused();
  return list;
}

test('a file is uploaded from the monitor, followed to its end, and refused a second time until answered', async ({
  app: { page, kind },
  lab,
}) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-upload-'));
  const path = join(dir, 'rescue.iso');
  const bytes = Buffer.alloc(8 * MIB, 7);
  writeFileSync(path, bytes);
  await signIn(page, lab);
  const list = await openMonitor(page);
  const upload = async (isByPath: boolean) => {
    await page.getByRole('toolbar', { name: 'Monitor' }).getByRole('button', { name: 'Start' }).click();
    await page.getByRole('menuitem', { name: 'Upload files…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Upload files' });
    if (!isByPath) await dialog.getByLabel('Files to upload').setInputFiles(path);
    else {
      await dialog.getByLabel('Path of the file').fill(path);
      await page.keyboard.press('Enter');
    }
    await expect(dialog.getByRole('list', { name: 'Files' })).toContainText('rescue.iso');
    await dialog.getByRole('button', { name: 'Upload', exact: true }).click();
    await expect(dialog).toBeHidden();
  };
  await upload(false); // in a browser it is read through the page
  const row = list.getByRole('row', { name: /^Upload rescue.iso/ });
  await expect(row.getByRole('progressbar')).toBeVisible();
  await expect(row).toContainText('Finished', { timeout: 30_000 });
  await expect(row).toContainText('checksum verified');
  await row.click();
  const details = page.getByRole('complementary', { name: 'Details of Upload rescue.iso' }).first();
  await expect(details).toContainText('SHA256');
  expect(lab.stored('local:iso/rescue.iso') ?? lab.stored('nas:iso/rescue.iso')).toMatchObject({
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  expect(await axeProblems(page)).toEqual([]);

  await upload(kind === 'chromium');
  await expect(list.getByRole('row', { name: /asks$/ })).toContainText('is there already');
  await list.getByRole('button', { name: 'Answer…' }).click();
  await page.getByRole('button', { name: 'Leave it out' }).click();
  await expect(list.getByRole('row', { name: /left out$/ })).toBeVisible();
  rmSync(dir, { recursive: true, force: true });
});

test('a task that a person started is told of, and its log is read to the end', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  const list = await openMonitor(page);
  await guestRow(page, 'web-frontend').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Shut down' }).click();
  const row = list.getByRole('row', { name: /web-frontend/ }).first();
  await expect(row).toContainText(/Finished/, { timeout: 30_000 });
  await row.dblclick();
  await expect(page.getByRole('log').first()).toContainText('TASK OK');
  await list.focus();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('log')).toHaveCount(0);
});

test('a guest is migrated and backed up from its menu, and both are followed to their end', async ({
  app: { page },
  lab,
}) => {
  await signIn(page, lab);
  const list = await openMonitor(page);
  await guestRow(page, 'db-primary').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Migrate…', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Migrate db-primary' });
  await dialog.getByRole('radio', { disabled: false }).first().check();
  await dialog.getByRole('button', { name: 'Review' }).click();
  await expect(dialog.getByRole('list', { name: 'What will happen' })).toContainText('db-primary');
  await page.screenshot({ path: test.info().outputPath('migrate.png') });
  await dialog.getByRole('button', { name: 'Start the migration' }).click();
  await expect(dialog).toBeHidden();
  const moved = list.getByRole('row', { name: /^Migrate db-primary/ }).first();
  await expect(moved).toContainText('Finished', { timeout: 60_000 });

  await guestRow(page, 'db-primary').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Back up now…' }).click();
  await page.getByRole('button', { name: 'Back up db-primary' }).click();
  const saved = list.getByRole('row', { name: /^Back up db-primary/ }).first();
  await expect(saved.getByRole('progressbar')).toBeVisible();
  await saved.click();
  await page.screenshot({ path: test.info().outputPath('backup.png') });
  await expect(saved).toContainText('Finished', { timeout: 60_000 });
});

test('what has ended stands in the history, and is told of once', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  await openMonitor(page);
  await guestRow(page, 'mail-relay').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Back up now…' }).click();
  await page.getByRole('button', { name: 'Back up mail-relay' }).click();
  await expect(page.getByRole('button', { name: 'Show', exact: true }).first()).toBeVisible({ timeout: 45_000 });
  await page.getByText('History', { exact: true }).click();
  const history = page.getByRole('grid', { name: 'History' });
  await page.getByLabel('Search the history').fill('mail-relay vzdump');
  await expect(history).toHaveAttribute('aria-rowcount', '1');
  await expect(history.getByRole('row').first()).toContainText('Back up mail-relay');
  await history.focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('log').first()).toContainText('TASK OK');
});

test('a log of 100,000 lines comes from the server whole, with the page alive meanwhile, and is searched', async ({
  app: { page, kind },
  lab,
}) => {
  test.skip(kind !== 'chromium', 'the page is the same in the shell');
  test.setTimeout(180_000);
  await signIn(page, lab);
  const list = await openMonitor(page);
  await guestRow(page, 'dns').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Back up now…' }).click();
  await page.getByRole('button', { name: 'Back up dns' }).click();
  const row = list.getByRole('row', { name: /^Back up dns/ }).first();
  await expect(row).toContainText('Finished', { timeout: 60_000 });
  const task = lab.tasks.find(({ key }) => key.type === 'vzdump' && key.id === '103');
  const more = Array.from({ length: 100_000 - (task?.lines.length ?? 0) }, (_, at) => `INFO: ${at}: a file was read`);
  task?.fill(more, 'OK', Date.now());
  await page.reload(); // what was read of it is forgotten
  await expect(row).toBeVisible();
  await page.evaluate(() => {
    let [last, longestMs] = [performance.now(), 0];
    const look = (now: number) => {
      longestMs = Math.max(longestMs, now - last);
      last = now;
      Object.assign(window, { longestMs });
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await row.click();
  const pane = page.getByRole('region', { name: 'Log of the task' }).first();
  await expect(pane.getByText('100,000 lines')).toBeVisible({ timeout: 90_000 });
  const longestMs = await page.evaluate(() => (window as unknown as { longestMs: number }).longestMs);
  test.info().annotations.push({ type: 'measured', description: `longest frame ${longestMs.toFixed(0)} ms` });
  console.log(`100,000 lines from the server: longest frame ${longestMs.toFixed(0)} ms`);
  expect(longestMs).toBeLessThan(1_000); // a freeze, not a busy machine
  expect(await pane.locator('[data-line]').count()).toBeLessThan(200);
  await pane.getByLabel('Find in the log').fill('INFO: 54321:');
  await expect(pane.getByRole('status')).toHaveText('1');
  await page.keyboard.press('Enter');
  await expect(pane.locator('mark')).toHaveText('INFO: 54321:');
});

test('while nobody looks the desktop is told, a click opens the task, and quiet hours keep it quiet', async ({
  app: { page, kind },
  lab,
}) => {
  test.skip(kind !== 'chromium', "the shell's own notifications are tested with it");
  await signIn(page, lab);
  await page.evaluate(() => {
    document.hasFocus = () => false;
    const told: { title: string; onclick?: () => void }[] = [];
    class FakeNotification {
      static permission = 'granted';
      onclick?: () => void;
      readonly title: string;
      constructor(title: string) {
        this.title = title;
        told.push(this);
      }
      close() {}
    }
    Object.assign(window, { Notification: FakeNotification, told });
  });
  const told = () =>
    page.evaluate(() => (window as unknown as { told: { title: string }[] }).told.map(({ title }) => title));
  const backUp = async (name: string) => {
    await guestRow(page, name).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Back up now…' }).click();
    await page.getByRole('button', { name: `Back up ${name}` }).click();
  };
  await backUp('db-primary');
  await expect.poll(told, { timeout: 60_000 }).toEqual(['Backup of db-primary finished']);
  await page.evaluate(() => (window as unknown as { told: { onclick: () => void }[] }).told[0]?.onclick());
  await expect(page.getByRole('complementary', { name: 'Details of Back up db-primary' }).first()).toBeVisible();

  await page.getByRole('button', { name: 'Settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('checkbox', { name: 'Not from' }).check();
  await settings.getByLabel('Quiet from').fill('00:00');
  await settings.getByLabel('Quiet to').fill('23:59');
  await page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
  await backUp('mail-relay');
  const row = page
    .getByRole('grid', { name: 'All tasks' })
    .getByRole('row', { name: /^Back up mail-relay/ })
    .first();
  await expect(row).toContainText('Finished', { timeout: 60_000 });
  expect(await told()).toHaveLength(1);
});

test('the monitor is there again after a reload', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  await openMonitor(page);
  await page.reload();
  await expect(tree(page)).toBeVisible();
  await expect(page.getByRole('grid', { name: 'All tasks' })).toBeVisible();
  await page.getByRole('tab', { name: /Monitor/ }).focus();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('grid', { name: 'All tasks' })).toHaveCount(0);
});

test('the shell shows what the page tells it, and takes nothing else', async ({ app }) => {
  test.skip(app.kind !== 'electron', 'a browser has no dock');
  const shell = app.shell;
  if (!shell) throw new Error('not in Electron');
  await shell.evaluate(({ BrowserWindow, app: electron }) => {
    const seen: unknown[] = [];
    const [window] = BrowserWindow.getAllWindows();
    if (!window) throw new Error('no window');
    const real = window.setProgressBar.bind(window);
    window.setProgressBar = (progress, options) => {
      seen.push([progress, options?.mode]);
      real(progress, options);
    };
    Object.assign(electron, { seen });
  });
  await app.page.evaluate(() => {
    window.sluice?.setWork({ running: 2, attention: 1, fraction: 0.5 });
    window.sluice?.setWork({ running: -1, attention: 'x' } as never);
    window.sluice?.notify({ id: 'a b', title: 'Backup of a failed', body: 'no space' });
    window.sluice?.notify({ id: '', title: 9 } as never);
    window.sluice?.setWork({ running: 0, attention: 0 });
  });
  await expect
    .poll(() => shell.evaluate(({ app: electron }) => (electron as unknown as { seen: unknown[] }).seen))
    .toEqual([
      [0.5, 'paused'],
      [-1, 'normal'],
    ]);
});

test('the list of tasks stands in one place: the panel makes room for the monitor and comes back', async ({
  app: { page },
  lab,
}) => {
  await signIn(page, lab);
  const panel = page.getByRole('tab', { name: 'Transfers and tasks' });
  await expect(panel).toBeVisible();
  await openMonitor(page);
  await expect(panel).toBeHidden();
  await page.keyboard.press('Control+j'); // who wants both has both
  await expect(panel).toBeVisible();
  await page.keyboard.press('Control+j');
  await page.keyboard.press('Control+w');
  await expect(panel).toBeHidden();
  await page.keyboard.press('Control+j');
  await openMonitor(page);
  await expect(panel).toBeHidden();
  await page.keyboard.press('Control+w');
  await expect(panel).toBeVisible();
});
