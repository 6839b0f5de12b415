// The installed package, as a person of this machine uses it: started from its place, without any switch of a test's own
// but Chromium's port for tools. Node's inspector is off in it, so Playwright's own way into Electron is closed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';

import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';
import { type Lab, startLab } from '../../electron/lab/lab.ts';
import { frontConsole, waitForPicture } from './fixtures/consoles.ts';
import { type PackagedApp, readChildren, startPackaged } from './fixtures/packagedApp.ts';
import { signIn, tree } from './fixtures/signIn.ts';

const command = '/usr/bin/sluice';
const PASSWORD = 'p4ckaged';

let dir: string;
let lab: Lab;
let app: PackagedApp;
let page: Page;
let vnc: Server;

/** Runs the command on the path to its end. */
async function run(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}

test.beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-packaged-'));
  lab = await startLab({ createBackend: ({ vmid, name }) => Promise.resolve(createEmbeddedGuest({ vmid, name })) });
  app = await startPackaged(dir);
  page = app.page;
});

test.afterAll(async () => {
  await app?.close();
  vnc?.close();
  await lab?.close();
  rmSync(dir, { recursive: true, force: true });
});

test.describe.configure({ mode: 'serial' });

test('the command on the path is the installed program, and prints nothing but what it says', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await run('--version')).toEqual({ code: 0, output: `${version}\n`, errors: '' });
  const wrong = await run('relay', '--listen', 'nonsense');
  expect(wrong.code).toBe(2);
  expect(wrong.errors).toMatch(/^'--to' is missing/);
});

test("Chromium's sandbox holds the page's process, started as a normal user without a switch", () => {
  expect(process.getuid?.()).not.toBe(0);
  const pages = readChildren(app.pid).filter(({ line }) => line.includes('--type=renderer'));
  expect(pages.length).toBeGreaterThan(0);
  for (const { pid, line } of pages) {
    expect(line).not.toContain('--no-sandbox');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  }
});

test('signs in to a cluster', async () => {
  await signIn(page, lab);
  await expect(tree(page).getByRole('treeitem').nth(3)).toBeVisible();
});

test('a link opens a console of the cluster that is signed in, without a question', async () => {
  const name = await tree(page).getByRole('treeitem').first().getAttribute('aria-label');
  const cluster = name?.split(/[,·]/)[0]?.trim() ?? '';
  const opened = await run(`sluice://${encodeURIComponent(cluster)}/101?view=terminal`, `--data-dir=${dir}`);
  expect(opened.code).toBe(0);
  await expect(frontConsole(page)).toBeVisible();
  await expect(frontConsole(page).getByRole('toolbar', { name: 'Terminal' })).toBeVisible();
});

test('a connection file is opened after a question that names where it leads', async () => {
  const guest = createEmbeddedGuest({ vmid: 900, name: 'plain' });
  await guest.start();
  vnc = createServer((socket) => {
    void guest.openScreen(PASSWORD).then((screen) => {
      socket.pipe(screen).pipe(socket);
      socket.on('error', () => screen.destroy());
      screen.on('error', () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => vnc.listen(0, '127.0.0.1', resolve));
  const { port } = vnc.address() as AddressInfo;
  const path = join(dir, 'console.vv');
  writeFileSync(path, `[virt-viewer]\ntype=vnc\nhost=127.0.0.1\nport=${port}\npassword=${PASSWORD}\ntitle=Plain one\n`);
  expect((await run(path, `--data-dir=${dir}`)).code).toBe(0);
  const dialog = page.getByRole('alertdialog', { name: 'Open this console?' });
  await expect(dialog).toContainText(`127.0.0.1:${port}`);
  await page.screenshot({ path: test.info().outputPath('file.png') });
  await dialog.getByRole('button', { name: 'Open console' }).click();
  await waitForPicture(frontConsole(page));
});

test('a link that wants more than a console is refused, and says why', async () => {
  expect((await run('sluice://north/101?command=reboot', `--data-dir=${dir}`)).code).toBe(0);
  const dialog = page.getByRole('alertdialog', { name: 'This link was not opened' });
  await expect(dialog).toContainText('This link cannot be opened');
  await dialog.getByText('Close', { exact: true }).click();
  await expect(dialog).toBeHidden();
});
