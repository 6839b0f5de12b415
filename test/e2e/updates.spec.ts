// What only the Electron shell does with versions: it refuses data of a newer one, and updates itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElectronApplication, expect, type Page, test } from '@playwright/test';

import { dist, root } from '../../build/paths.mjs';
import type { UpdateState } from '../../shared/wire/shellUpdate.ts';
import { electronPath, launchElectron } from './fixtures/electronApp.ts';
import { UpdateFeed } from './fixtures/updateFeed.ts';

let dir: string;
test.beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-updates-'));
});
test.afterEach(() => rmSync(dir, { recursive: true, force: true }));

const electronArguments = (dataDir: string) => [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '-r',
  join(dist, 'early.cjs'),
  root,
  `--data-dir=${dataDir}`,
];

test('settings of a newer version are left as they are, and the reason is said', async () => {
  writeFileSync(join(dir, 'written-by.json'), '{"version":"99.1.0"}');
  writeFileSync(join(dir, 'settings.json'), '{"theme":"dark","later":true}');
  const before = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'));
  const child = spawn(electronPath() ?? '', electronArguments(dir), { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await expect.poll(() => said, { timeout: 30_000 }).toMatch(/written by Sluice 99\.1\.0.*Install Sluice 99\.1\.0/);
  child.kill('SIGKILL'); // its window waits for a person
  await exited;
  expect(readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))).toEqual(before);
});

/** Says where and how it was started, as an AppImage is by its user; the sixth line makes it long enough to be cut. */
const appImage = (name: string, folder: string, bytes = 0) =>
  Buffer.from(`#!/bin/sh\necho "${name} $@" > ${folder}/started\n${'#'.repeat(bytes)}\n`);

test.describe('an AppImage', () => {
  let feed: UpdateFeed;
  let app: ElectronApplication | undefined;
  let page: Page;
  let file: string;

  test.beforeEach(async () => {
    feed = await UpdateFeed.start();
    file = join(dir, 'Sluice.AppImage');
    writeFileSync(file, appImage('old', dir), { mode: 0o755 });
  });
  test.afterEach(async () => {
    await app?.close().catch(() => undefined); // it may have ended by itself
    app = undefined;
    await feed.close();
  });

  async function start(policy: object = {}, dataDir = join(dir, 'data')): Promise<void> {
    const policyFile = join(dir, 'policy.json');
    writeFileSync(policyFile, JSON.stringify({ updateUrl: feed.url, ...policy }), { mode: 0o644 });
    mkdirSync(dataDir, { recursive: true });
    app = await launchElectron(dataDir, {
      APPIMAGE: file,
      SLUICE_POLICY_FILE: policyFile,
      SLUICE_UPDATE_PUBLIC_KEY: feed.publicKey,
      XDG_CACHE_HOME: join(dir, 'cache'),
    });
    page = await app.firstWindow();
    // The page has joined its engine, and listens to updates itself.
    await expect(page.locator('[data-area="status"]')).toContainText('No cluster yet', { timeout: 30_000 });
    await expect.poll(async () => (await state()).phase.kind).toMatch(/idle|off/);
  }

  /** As the page shows it. */
  async function state(): Promise<UpdateState> {
    return await page.evaluate(
      () => new Promise<UpdateState>((resolve) => window.sluice?.onUpdate((told) => resolve(told as UpdateState))),
    );
  }

  const act = (action: 'check' | 'download' | 'cancel' | 'install') =>
    page.evaluate((name) => window.sluice?.update(name), action);

  async function becomes(kind: string): Promise<UpdateState['phase']> {
    await expect.poll(async () => (await state()).phase.kind, { timeout: 30_000 }).toBe(kind);
    return (await state()).phase;
  }

  test('fetches a new version, verifies it, installs it when it is told to and starts it', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir) });
    await start();
    await act('check');
    expect(await becomes('ready')).toEqual({ kind: 'ready', version: '99.0.0' });
    expect(readFileSync(file)).toEqual(appImage('old', dir));
    const exited = once(app!.process(), 'exit');
    await act('install');
    await exited;
    expect(readFileSync(file)).toEqual(appImage('new', dir));
    expect(statSync(file).mode & 0o777).toBe(0o755);
    await expect.poll(() => existsSync(join(dir, 'started'))).toBe(true);
    expect(readFileSync(join(dir, 'started'), 'utf8')).toBe(`new --data-dir=${join(dir, 'data')}\n`);
    expect(readdirSync(dir)).not.toContain('Sluice.AppImage.new');
  });

  test('installs it when the person quits, and starts nothing then', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir) });
    await start();
    await act('check');
    await becomes('ready');
    await app!.close();
    expect(readFileSync(file)).toEqual(appImage('new', dir));
    expect(existsSync(join(dir, 'started'))).toBe(false);
  });

  test('goes on as it is where the new version cannot be put in its place', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir) });
    await start();
    await act('check');
    await becomes('ready');
    mkdirSync(`${file}.new`); // where the new one would be written first
    await act('install');
    expect(await becomes('failed')).toMatchObject({ reason: expect.stringMatching(/could not be put.*as it was/) });
    expect(readFileSync(file)).toEqual(appImage('old', dir));
    await expect(page.locator('[data-area="status"]')).toContainText('No cluster yet'); // the engine is there
    await page.reload();
    await expect(page.locator('[data-area="status"]')).toContainText('No cluster yet');
    rmSync(`${file}.new`, { recursive: true });
  });

  test('throws away what is not what was announced', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir), sent: appImage('bad', dir) });
    await start();
    await act('check');
    expect(await becomes('failed')).toMatchObject({ reason: expect.stringContaining('not what was announced') });
    await app!.close();
    expect(readFileSync(file)).toEqual(appImage('old', dir));
    const cached = readdirSync(join(dir, 'cache'), { recursive: true, encoding: 'utf8' });
    expect(cached.filter((name) => name.endsWith('.AppImage'))).toEqual([]);
  });

  test('takes nothing that its makers did not sign', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir), isUnsigned: true });
    await start();
    await act('check');
    expect(await becomes('refused')).toMatchObject({ reason: expect.stringContaining('not signed') });
    expect(feed.requests.filter((path) => path.endsWith('.AppImage'))).toEqual([]);
  });

  test('refuses an older version with a reason, and fetches nothing', async () => {
    feed.offer({ version: '0.0.9', content: appImage('older', dir) });
    await start();
    await act('check');
    expect(await becomes('refused')).toMatchObject({
      version: '0.0.9',
      reason: expect.stringMatching(/^Version 0\.0\.9 is offered, which is older than this \d.*never installed/),
    });
    await act('download');
    await act('install');
    expect((await state()).phase.kind).toBe('refused');
    expect(feed.requests.filter((path) => path.endsWith('.AppImage'))).toEqual([]);
  });

  test('waits for its turn where a version goes out in steps', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir), stagingPercentage: 0 });
    await start();
    await act('check');
    expect(await becomes('waiting')).toEqual({ kind: 'waiting', version: '99.0.0' });
    feed.offer({ version: '99.0.0', content: appImage('new', dir), stagingPercentage: 100 });
    await act('check');
    await becomes('ready');
  });

  test('stops fetching when it is told to, and begins again', async () => {
    const content = appImage('new', dir, 3 << 20);
    feed.offer({ version: '99.0.0', content, stallsAt: 1 << 20 });
    await start();
    await act('check');
    await becomes('downloading');
    await act('cancel');
    expect(await becomes('available')).toEqual({ kind: 'available', version: '99.0.0' });
    feed.offer({ version: '99.0.0', content });
    await act('download');
    await becomes('ready');
  });

  test('looks for nothing where the policy says so, whatever the settings say', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir) });
    mkdirSync(join(dir, 'data'));
    const chosen = { theme: 'dark', releaseKey: 'ControlRight', terminalFontSizePx: 12, updates: 'install' };
    writeFileSync(join(dir, 'data', 'settings.json'), JSON.stringify(chosen));
    await start({ settings: { updates: 'off' } });
    expect((await state()).phase).toMatchObject({
      kind: 'off',
      reason: expect.stringMatching(/administrator.*switched/),
    });
    await act('check');
    expect((await state()).phase.kind).toBe('off');
    expect(feed.requests).toEqual([]);
  });

  test('looks for nothing where the policy is not understood, and says what is wrong', async () => {
    feed.offer({ version: '99.0.0', content: appImage('new', dir) });
    await start({ settings: { update: 'install' } });
    expect((await state()).phase).toMatchObject({ kind: 'off', reason: expect.stringContaining('unknown: update') });
    expect(feed.requests).toEqual([]);
  });
});
