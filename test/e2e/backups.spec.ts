import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';

import { keyFileText, newKey } from '../../electron/lab/pbs/labKeys.ts';
import { PbsLab } from '../../electron/lab/pbs/pbsLab.ts';
import { sampleKey } from '../../electron/lab/pbs/samples.ts';
import { snapshotOf, sumOf, withFolder } from '../support/pbsBench.ts';
import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { askAddress, openSignIn, passwordField, submit, tree, typeCredentials } from './fixtures/signIn.ts';
import { endProcess, serveApp } from './fixtures/webApp.ts';

const IMAGE = 'drive-scsi0.img.fidx';
const SLOW_MS = 400; // a chunk: some seconds for the smallest image, which has six

test.describe.configure({ timeout: 150_000 }); // images are made, read, checked and compared in two cores that others use too

let lab: PbsLab;
test.beforeEach(async () => {
  lab = await PbsLab.start({ quirks: { authDelayMs: 0 } });
});
test.afterEach(async () => {
  await lab.close();
});

const grid = (page: Page) => page.getByRole('treegrid', { name: 'Backups' });
const row = (page: Page, name: RegExp) => grid(page).getByRole('row', { name });
const dialogOf = (page: Page) => page.getByRole('dialog', { name: /^Restore .* to a file$/ });
const transfers = (page: Page) => page.getByRole('grid', { name: 'All tasks' });
const transferRow = (page: Page, name: string) =>
  transfers(page).getByRole('row', { name: new RegExp(`Restore ${name}`) });

/** Signs in and opens the page from the tree, by the keyboard alone. */
async function browse(page: Page): Promise<void> {
  await askAddress(await openSignIn(page), lab.address);
  const dialog = page.getByRole('dialog', { name: 'Add a server' });
  await dialog.getByText('It matches. Trust this certificate for this').click();
  await typeCredentials(dialog, lab.username, lab.password);
  await submit(dialog);
  await expect(dialog).toBeHidden();
  await tree(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await expect(row(page, /^backups,/)).toBeVisible();
  await expect(grid(page)).toBeFocused();
}

/** Opens each of these rows in turn with the arrow keys; the last is only stood on. */
async function walkTo(page: Page, ...names: RegExp[]): Promise<void> {
  for (const [at, name] of names.entries()) {
    await expect(row(page, name).first()).toBeVisible();
    await row(page, name).first().click();
    await grid(page).focus();
    if (at === names.length - 1) return;
    // Rows that come in meanwhile may take the place of the one that was clicked.
    await expect(async () => {
      if ((await row(page, name).first().getAttribute('aria-expanded')) !== 'true') {
        await row(page, name).first().click();
        await page.keyboard.press('ArrowRight');
      }
      await expect(row(page, name).first()).toHaveAttribute('aria-expanded', 'true', { timeout: 1_000 });
    }).toPass({ timeout: 10_000 });
  }
}

const newest = /^20 Mar 2026/;

test('backups are looked at from the server down to a file, searched, and are accessible', async ({ app }) => {
  const { page } = app;
  await browse(page);
  await walkTo(page, /^backups,/, /^vm\/100/, newest);
  await expect(row(page, /protected/)).toHaveCount(1);
  await page.keyboard.press('ArrowRight');
  await expect(row(page, /^drive-scsi0\.img\.fidx, disk image, 96 MiB/)).toBeVisible();
  await expect(page.getByRole('complementary', { name: 'Details of vm/100' })).toContainText('root@pam');
  await walkTo(page, /^ct\/104/, newest, /^root\.pxar\.didx/, /^etc$/, /^hosts,/);
  expect(await axeProblems(page)).toEqual([]);
  await page.keyboard.press('Control+f');
  await expect(page.getByLabel('Search in what is open')).toBeFocused();
  await page.keyboard.type('hosts');
  await expect(row(page, /^hosts,/)).toBeVisible();
  await expect(row(page, /^vm\/100/)).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(row(page, /^vm\/100/)).toBeVisible();
});

test('an image is restored to a file, byte for byte, and stands in the monitor', async ({ app }) => {
  const { page } = app;
  await browse(page);
  await walkTo(page, /^backups,/, /^vm\/100/, newest, /^drive-scsi0/);
  await page.keyboard.press('Enter');
  await withFolder(async (folder) => {
    const dialog = dialogOf(page);
    await expect(dialog.getByRole('list', { name: 'What will happen' })).toContainText('piece by piece');
    await dialog.getByLabel('Where it goes').fill('disk.img');
    await expect(dialog).toContainText('Write the whole path');
    const path = join(folder, 'disk.img');
    await dialog.getByLabel('Where it goes').fill(path);
    expect(await axeProblems(page)).toEqual([]);
    await dialog.getByLabel('Where it goes').press('Enter');
    await expect(dialog).toBeHidden();
    await expect(transferRow(page, 'disk.img')).toContainText('Finished', { timeout: 30_000 });
    expect(await sumOf(path)).toBe(snapshotOf(lab, '100').snapshot.archive(IMAGE)?.contentSum());
    expect(await readdir(folder)).toEqual(['disk.img']);
  });
});

test('an encrypted image takes its key file and no other', async ({ app }) => {
  const { page } = app;
  await browse(page);
  await walkTo(page, /^backups,/, /^secret,/, /^vm\/200/, newest, /^drive-scsi0/);
  await page.keyboard.press('Enter');
  await withFolder(async (folder) => {
    const [keyPath, otherPath, path] = ['key.json', 'other.json', 'disk.img'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(keyPath, keyFileText(sampleKey, 'scrypt', 'open sesame'));
    await writeFile(otherPath, keyFileText(newKey(), 'none'));
    const dialog = dialogOf(page);
    const restore = dialog.getByRole('button', { name: 'Restore the archive' });
    await dialog.getByLabel('Where it goes').fill(path);
    await expect(restore).toBeDisabled();
    await dialog.getByLabel('Key file', { exact: true }).fill(otherPath);
    await expect(dialog).toContainText('This is the key of other backups');
    await expect(restore).toBeDisabled();
    await dialog.getByLabel('Key file', { exact: true }).fill(keyPath);
    const password = dialog.getByLabel('Password of the key file');
    await password.fill('open barley');
    await restore.click();
    await expect(dialog.getByRole('alert')).toContainText('The password of the key file is wrong');
    expect((await readdir(folder)).sort()).toEqual(['key.json', 'other.json']);
    await password.fill('open sesame');
    await restore.click();
    await expect(transferRow(page, 'disk.img')).toContainText('Finished', { timeout: 30_000 });
    expect(await sumOf(path)).toBe(snapshotOf(lab, '200').snapshot.archive(IMAGE)?.contentSum());
  });
});

test('one that is cancelled leaves nothing; an engine that is killed never says done, and goes on', async ({ app }) => {
  test.skip(app.kind === 'electron', 'the shell starts the engine anew by itself: recovery.spec.ts');
  const { page } = app;
  lab.quirks.chunkDelayMs = SLOW_MS;
  await browse(page);
  await walkTo(page, /^backups,/, /^vm\/100/, newest, /^drive-scsi0/);
  await withFolder(async (folder) => {
    const path = join(folder, 'disk.img');
    const start = async () => {
      await page.keyboard.press('Enter');
      await dialogOf(page).getByLabel('Where it goes').fill(path);
      await dialogOf(page).getByLabel('Where it goes').press('Enter');
      await expect(transferRow(page, 'disk.img').first()).toContainText('left', { timeout: 20_000 });
    };
    await start();
    await transferRow(page, 'disk.img').first().click();
    await page.keyboard.press('Delete');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel the restore' }).click();
    await expect(transferRow(page, 'disk.img')).toContainText('Cancelled');
    await expect.poll(() => readdir(folder)).toEqual([]);

    await page.getByRole('tab', { name: /Backups/ }).click();
    await grid(page).focus();
    await start();
    await app.killEngine();
    const kept = JSON.parse(await readFile(join(app.dataDir, 'transfers.json'), 'utf8')) as {
      transfers: { transfer: { state: string } }[];
    };
    expect(kept.transfers.map(({ transfer }) => transfer.state)).toEqual(['cancelled', 'running']);
    expect((await readdir(folder)).every((name) => name !== 'disk.img')).toBe(true);

    lab.quirks.chunkDelayMs = 0;
    const again = await serveApp(dirname(app.dataDir));
    try {
      await page.goto(again.url);
      await expect(page.getByText('Waits until you are signed in').first()).toBeVisible();
      expect((await readdir(folder)).every((name) => name !== 'disk.img')).toBe(true);
      await tree(page).focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await passwordField(dialog).fill(lab.password);
      await submit(dialog);
      await expect(dialog).toBeHidden();
      await expect.poll(() => readdir(folder), { timeout: 30_000 }).toEqual(['disk.img']);
      expect(await sumOf(path)).toBe(snapshotOf(lab, '100').snapshot.archive(IMAGE)?.contentSum());
    } finally {
      await endProcess(again.process);
    }
  });
});

test('a restore whose key was forgotten with the engine asks for its password again', async ({ app }) => {
  test.skip(app.kind === 'electron', 'the shell starts the engine anew by itself: recovery.spec.ts');
  const { page } = app;
  lab.quirks.chunkDelayMs = SLOW_MS;
  await browse(page);
  await walkTo(page, /^backups,/, /^secret,/, /^vm\/200/, newest, /^drive-scsi0/);
  await page.keyboard.press('Enter');
  await withFolder(async (folder) => {
    const path = join(folder, 'disk.img');
    await writeFile(join(folder, 'key.json'), keyFileText(sampleKey, 'scrypt', 'open sesame'));
    await dialogOf(page).getByLabel('Where it goes').fill(path);
    await dialogOf(page).getByLabel('Key file', { exact: true }).fill(join(folder, 'key.json'));
    await dialogOf(page).getByLabel('Password of the key file').fill('open sesame');
    await dialogOf(page).getByRole('button', { name: 'Restore the archive' }).click();
    await expect(transferRow(page, 'disk.img')).toContainText('left', { timeout: 20_000 });
    await app.killEngine();
    lab.quirks.chunkDelayMs = 0;
    const again = await serveApp(dirname(app.dataDir));
    try {
      await page.goto(again.url);
      await tree(page).focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      await passwordField(page.getByRole('dialog')).fill(lab.password);
      await submit(page.getByRole('dialog'));
      // Another address, and so another window: the row stands in the panel.
      const waiting = page.getByRole('row', { name: /^Restore disk\.img/ });
      await waiting.getByRole('button', { name: 'Unlock…' }).click();
      const dialog = page.getByRole('dialog', { name: 'disk.img waits for its key' });
      await dialog.getByLabel('Password of the key file').fill('open sesame');
      await dialog.getByLabel('Password of the key file').press('Enter');
      await expect(waiting).toContainText('Finished', { timeout: 30_000 });
      expect(await sumOf(path)).toBe(snapshotOf(lab, '200').snapshot.archive(IMAGE)?.contentSum());
    } finally {
      await endProcess(again.process);
    }
  });
});

test('the app asks for the place with the system’s own dialog', async ({ app }) => {
  const { page, shell } = app;
  test.skip(!shell, 'a browser has none');
  await browse(page);
  await walkTo(page, /^backups,/, /^vm\/100/, newest, /^qemu-server/);
  await withFolder(async (folder) => {
    const path = join(folder, 'guest.conf');
    await writeFile(path, 'the dialog has asked whether it may go');
    await shell?.evaluate(({ dialog }, filePath) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { asked });
      dialog.showSaveDialog = ((_window: unknown, options: unknown) => {
        asked.push(options);
        return Promise.resolve({ canceled: false, filePath });
      }) as unknown as typeof dialog.showSaveDialog;
    }, path);
    await page.keyboard.press('Enter');
    await dialogOf(page).getByRole('button', { name: 'Choose…' }).click();
    await expect(dialogOf(page).getByLabel('Where it goes')).toHaveValue(path);
    await dialogOf(page).getByRole('button', { name: 'Restore the archive' }).click();
    await expect(transferRow(page, 'guest.conf')).toContainText('Finished', { timeout: 30_000 });
    expect(await readFile(path, 'utf8')).toContain('name: guest100');
    const asked = await shell?.evaluate(() => (globalThis as unknown as { asked: { defaultPath: string }[] }).asked);
    expect(asked?.[0]?.defaultPath).toMatch(/vm-100-2026-03-20-qemu-server\.conf$/);
  });
});

test('without a server of one’s own the demo’s is one command away', async ({ app }) => {
  const { page } = app;
  await page.keyboard.press('Control+k');
  await page.keyboard.type('>demo Backup Server');
  // It is offered once the engine has said that it has one.
  await expect(page.getByRole('option', { name: 'Open the demo Backup Server' })).toBeVisible();
  await page.keyboard.press('Enter');
  await walkTo(page, /^archive,/, /^host\/workstation/, /^11 Mar 2026/, /^home\.pxar\.didx/);
  await expect(page.getByRole('complementary', { name: 'Details of home.pxar.didx' })).toContainText('workstation');
  expect(await axeProblems(page)).toEqual([]);
});
