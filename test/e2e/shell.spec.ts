// What only the Electron shell can get wrong.
import { readFileSync, writeFileSync } from 'node:fs';
import type { ElectronApplication } from '@playwright/test';

import { type App, expect, test } from './fixtures/app.ts';

function shellOf(app: App): ElectronApplication {
  if (!app.shell) throw new Error('not in Electron');
  return app.shell;
}

test('the page runs sandboxed, isolated, and sees nothing of Node', async ({ app }) => {
  const preferences = await shellOf(app).evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    // Not in the types of every version.
    const contents = window?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    const { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity } = contents.getLastWebPreferences();
    return { sandbox, contextIsolation, nodeIntegration, webviewTag, webSecurity };
  });
  expect(preferences).toEqual({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webviewTag: false,
    webSecurity: true,
  });
  expect(app.page.url()).toBe('app://sluice/');
  const globals = await app.page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer'].filter((name) => name in window),
  );
  expect(globals).toEqual([]);
  expect(await app.page.evaluate(() => Object.keys(window.sluice ?? {}).sort())).toEqual([
    'choosePlace',
    'connect',
    'notify',
    'onCommand',
    'onNoticeClick',
    'onUpdate',
    'pathOf',
    'platform',
    'popUpMenu',
    'setKeyboard',
    'setMenus',
    'setTheme',
    'setWork',
    'showMain',
    'update',
  ]);
});

test("Chromium's own sandbox holds the page's process", async ({ app }) => {
  test.skip(process.platform !== 'linux' || process.getuid?.() === 0, 'root may only start it without');
  const pid = await shellOf(app).evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
  );
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  expect(status).toMatch(/^Seccomp:\s+2$/m);
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
});

test('the page learns where a file lies that the person chose, so that the engine can send it', async ({ app }) => {
  const path = test.info().outputPath('image.iso');
  writeFileSync(path, 'data');
  await app.page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'chosen';
    document.body.append(input);
  });
  await app.page.setInputFiles('#chosen', path);
  const told = await app.page.evaluate(() => {
    const [file] = document.querySelector<HTMLInputElement>('#chosen')?.files ?? [];
    return file && window.sluice?.pathOf(file);
  });
  expect(told).toBe(path);
  expect(await app.page.evaluate(() => window.sluice?.pathOf(new File(['x'], 'x.iso')))).toBe('');
});

test('the window stays on its page and opens no other', async ({ app }) => {
  await app.page.evaluate(() => {
    window.location.href = 'https://example.com/';
  });
  expect(await app.page.evaluate(() => window.open('about:blank') === null)).toBe(true);
  expect(app.page.url()).toBe('app://sluice/');
  expect(await shellOf(app).evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('only files of the built page are served, under the policy', async ({ app }) => {
  const answers = await app.page.evaluate(async () => {
    const paths = ['/', '/../main.mjs', '/%2e%2e/main.mjs', '/..%2fmain.mjs', '/nothing.js'];
    const ask = (path: string) =>
      fetch(path).then(
        ({ status, headers }) => [status, headers.get('content-security-policy')],
        () => ['none'],
      );
    return Promise.all(paths.map(ask));
  });
  expect(answers.map(([status]) => status)).toEqual([200, 'none', 'none', 'none', 'none']);
  expect(answers[0]?.[1]).toContain("default-src 'none'");
});

test('the page gets no permission but clipboard and full screen', async ({ app }) => {
  const states = await app.page.evaluate(async () => {
    const names = [
      'clipboard-read',
      'geolocation',
      'notifications',
      'camera',
      'microphone',
      'midi',
    ] as PermissionName[];
    const all = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
    return all.map((status, index) => `${names[index]} ${status.state}`);
  });
  expect(states).toEqual([
    'clipboard-read granted',
    'geolocation denied',
    'notifications denied',
    'camera denied',
    'microphone denied',
    'midi denied',
  ]);
});
