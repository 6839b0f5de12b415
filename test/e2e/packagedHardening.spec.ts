// What the packed program does not let happen, asked of the program itself. Its fuses are read in test/package.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';

import { type PackagedApp, packagedDir, packagedProgram, readChildren, startPackaged } from './fixtures/packagedApp.ts';

const END_MS = 15_000; // of a program that should refuse; a busy machine
const MOST_VERBS = 20; // few enough to be looked through; more need a second thought

/** What the page's side of the bridge is written to have. */
function bridgeVerbs(): string[] {
  const source = readFileSync(new URL('../../shared/wire/shellBridge.ts', import.meta.url), 'utf8');
  const [, body = ''] = /export interface ShellBridge \{\n([\s\S]*?)\n\}/.exec(source) ?? [];
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:?]/gm)].map(([, name]) => name ?? '').sort();
}

let dir: string;
let app: PackagedApp;
let page: Page;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-hardening-'));
  app = await startPackaged(dir);
  page = app.page;
  await page.getByRole('region', { name: 'Welcome' }).waitFor();
});

test.afterAll(async () => {
  await app?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs the packed program to its end, or until it was long enough. */
async function runProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const limit = setTimeout(() => child.kill('SIGKILL'), END_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(limit);
  return { code, output, errors };
}

const headless = ['--ozone-platform=headless', '--disable-gpu', '--log-level=3'];

test('the page is sandboxed, in a world of its own, and sees nothing of Node but the verbs of its preload', async () => {
  const pages = readChildren(app.pid).filter(({ line }) => line.includes('--type=renderer'));
  expect(pages.length).toBeGreaterThan(0);
  for (const { line } of pages) {
    expect(line).toContain('--enable-sandbox');
    expect(line).not.toMatch(/--no-sandbox|--node-integration/);
  }
  const worlds: string[] = [];
  const session = await page.context().newCDPSession(page);
  session.on('Runtime.executionContextCreated', ({ context }) => worlds.push(context.name));
  await session.send('Runtime.enable');
  expect(worlds).toContain('Electron Isolated Context');
  await session.detach();
  const seen = await page.evaluate(() => ({
    node: ['require', 'process', 'module', 'global', 'Buffer', 'electron'].filter((name) => name in window),
    verbs: Object.keys(window.sluice ?? {}).sort(),
    kinds: [...new Set(Object.values(window.sluice ?? {}).map((value) => typeof value))].sort(),
  }));
  const verbs = bridgeVerbs();
  expect(verbs.length).toBeGreaterThan(5);
  expect(verbs.length).toBeLessThanOrEqual(MOST_VERBS);
  expect(seen).toEqual({ node: [], verbs, kinds: ['function', 'string'] });
});

test('the page comes from a scheme of its own, which has the files of the page and no other', async () => {
  expect(page.url()).toBe('app://sluice/');
  const statuses = await page.evaluate(async () => {
    const ask = (url: string) =>
      fetch(url).then(
        ({ status }) => status,
        () => 'refused',
      );
    const paths = ['/', '/../main.mjs', '/%2e%2e/main.mjs', '/..%2fpreload.cjs', '/package.json'];
    const others = ['app://other/', 'file:///etc/passwd', 'https://192.0.2.1/'];
    return { own: await Promise.all(paths.map(ask)), others: await Promise.all(others.map(ask)) };
  });
  const none = Array<string>(4).fill('refused');
  expect(statuses).toEqual({ own: [200, ...none], others: ['refused', 'refused', 'refused'] });
});

test('the policy has no exception for script: none inline, none from a string, none from elsewhere', async () => {
  const policy = await page.evaluate(() => fetch('/').then(({ headers }) => headers.get('Content-Security-Policy')));
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/(?:^|; )script-src 'self'(?:;|$)/);
  expect(policy).not.toContain('unsafe');
  const ran = await page.evaluate(() => {
    const mark = window as unknown as { ran?: string[] };
    mark.ran = [];
    const inline = document.createElement('script');
    inline.textContent = "window.ran.push('inline')";
    const encoded = document.createElement('script');
    encoded.src = "data:text/javascript,window.ran.push('data')";
    const image = document.createElement('img');
    image.setAttribute('onerror', "window.ran.push('handler')");
    image.src = '/nothing.png';
    document.body.append(inline, encoded, image);
    return new Promise<string[]>((resolve) => setTimeout(() => resolve(mark.ran ?? []), 500));
  });
  expect(ran).toEqual([]);
});

test('the window stays on its page, opens no other, and holds no frame of others', async () => {
  const before = page.context().pages().length;
  const opened = await page.evaluate(() =>
    ['file:///etc/passwd', 'app://other/', 'about:blank', 'data:text/html,x'].map((url) => window.open(url) !== null),
  );
  expect(opened).toEqual([false, false, false, false]);
  await page.evaluate(() => {
    window.location.href = 'file:///etc/passwd';
  });
  await page.evaluate(() => {
    const frame = document.createElement('iframe');
    frame.src = 'data:text/html,x';
    document.body.append(frame);
    window.location.href = 'data:text/html,x';
  });
  await page.waitForTimeout(500); // a navigation would have begun
  expect(page.url()).toBe('app://sluice/');
  expect(page.context().pages()).toHaveLength(before);
  await expect(page.getByRole('region', { name: 'Welcome' })).toBeVisible();
});

test('the page gets no permission but clipboard and full screen', async () => {
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi'];
    const state = (name: string) =>
      navigator.permissions.query({ name: name as PermissionName }).then(({ state: is }) => is);
    const media = await navigator.mediaDevices.getUserMedia({ audio: true }).then(
      () => 'given',
      () => 'refused',
    );
    const devices = navigator as unknown as { usb?: { getDevices(): Promise<unknown[]> } };
    const usb = (await devices.usb?.getDevices().catch(() => []))?.length ?? 0;
    return { granted: (await Promise.all(names.map(state))).filter((is) => is === 'granted'), media, usb };
  });
  expect(states).toEqual({ granted: [], media: 'refused', usb: 0 });
});

test("neither Node's variables nor its switches reach into the program", async () => {
  const trace = join(dir, 'loaded');
  const module = join(dir, 'module.cjs');
  writeFileSync(module, `require('node:fs').writeFileSync(${JSON.stringify(trace)}, '')`);
  const asNode = await runProgram(packagedProgram, [...headless, '--command', '--version'], {
    ELECTRON_RUN_AS_NODE: '1',
    NODE_OPTIONS: `--require=${module}`,
  });
  expect(asNode).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(existsSync(trace), 'a module named in NODE_OPTIONS').toBe(false);
  for (const flag of ['--inspect=127.0.0.1:0', '--inspect-brk=127.0.0.1:0']) {
    const inspected = await runProgram(packagedProgram, [flag, ...headless, '--command', '--version']);
    expect(inspected.errors).not.toContain('Debugger listening');
    expect(inspected.code).toBe(0);
  }
});

test('the program runs what is in its archive, and nothing that lies where the archive was', async () => {
  const copy = join(dir, 'copy');
  cpSync(packagedDir, copy, { recursive: true });
  const resources = join(copy, 'resources');
  const trace = join(dir, 'other-app');
  const program = join(copy, 'sluice');
  const args = [...headless, '--command', '--version'];
  expect((await runProgram(program, args)).code, 'the copy as it is').toBe(0);
  rmSync(join(resources, 'app.asar'));
  for (const name of ['app', 'default_app']) {
    mkdirSync(join(resources, name));
    writeFileSync(join(resources, name, 'package.json'), '{"name":"other","version":"9.9.9","main":"main.cjs"}');
    writeFileSync(
      join(resources, name, 'main.cjs'),
      `require('node:fs').writeFileSync(${JSON.stringify(trace)}, ''); process.exit(0)`,
    );
  }
  const other = await runProgram(program, args);
  expect(existsSync(trace), 'code that is not in the archive').toBe(false);
  expect(other.output).not.toMatch(/\d+\.\d+\.\d+/);
});
