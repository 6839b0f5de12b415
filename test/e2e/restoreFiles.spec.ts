// What is fetched from a cluster to this computer by hand: files out of backups, and logs.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { guestRow, signIn } from './fixtures/signIn.ts';

test.use({ labOptions: { life: false, qemu: false, hasBackupStorage: true, quirks: { taskPace: 30 } } });

test('a file is taken out of a backup, and a log is saved whole', async ({ app: { page }, lab }) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-restored-'));
  await signIn(page, lab);
  await page.keyboard.press('Control+Shift+M');
  const list = page.getByRole('grid', { name: 'All tasks' });

  await guestRow(page, 'web-frontend').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Back up now…' }).click();
  const backup = page.getByRole('dialog', { name: /Back up web-frontend/ });
  await backup.getByLabel('Storage').click();
  await page.getByRole('option', { name: /^pbs/ }).click();
  await backup.getByRole('button', { name: 'Back up web-frontend' }).click();
  const backedUp = list.getByRole('row', { name: /^Back up web-frontend, finished/ });
  await expect(backedUp).toBeVisible({ timeout: 30_000 });

  await guestRow(page, 'web-frontend').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Restore files…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Restore files of web-frontend' });
  await dialog.getByRole('button', { name: 'Open var' }).click();
  await dialog.getByRole('radio', { name: /database.bin/ }).check();
  expect(await axeProblems(page)).toEqual([]);
  await page.screenshot({ path: test.info().outputPath('files.png') });
  await dialog.getByRole('button', { name: 'Download…' }).click();
  const saving = page.getByRole('dialog', { name: 'Download database.bin' });
  const path = join(dir, 'database.bin');
  await saving
    .getByLabel(/^(Path|Where|File)/)
    .first()
    .fill(path);
  await saving.getByRole('button', { name: 'Download', exact: true }).click();
  await expect(list.getByRole('row', { name: 'Download database.bin, finished' })).toBeVisible({ timeout: 30_000 });
  expect(readFileSync(path)).toHaveLength(5 << 20);

  await backedUp.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Save the whole log…' }).click();
  const log = page.getByRole('dialog', { name: 'Save the log of “Back up web-frontend”' });
  const logPath = join(dir, 'backup.log');
  await log
    .getByLabel(/^(Path|Where|File)/)
    .first()
    .fill(logPath);
  await log.getByRole('button', { name: 'Download', exact: true }).click();
  await expect.poll(() => existsSync(logPath), { timeout: 20_000 }).toBe(true);
  const task = lab.tasks.find(({ upid }) => upid.includes(':vzdump:'));
  expect(readFileSync(logPath, 'utf8').trimEnd().split('\n')).toEqual(task?.lines);
  rmSync(dir, { recursive: true, force: true });
});
