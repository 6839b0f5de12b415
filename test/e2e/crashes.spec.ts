// Page and engine of the shell end as a crash ends them: what can come back does, and what can't says so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from '@playwright/test';

import { type App, expect, test } from './fixtures/app.ts';
import { openConsole, openTerminal, waitForPicture } from './fixtures/consoles.ts';
import { signIn } from './fixtures/signIn.ts';

test.setTimeout(120_000); // programs that start up to five times, on a machine that may be busy

function shellOf(app: App): ElectronApplication {
  if (!app.shell) throw new Error('not in Electron');
  return app.shell;
}

/** Answers the shell's questions in a person's place, and keeps what they said. 0 is the first button. */
async function answerQuestions(
  shell: ElectronApplication,
  answers: readonly number[],
): Promise<() => Promise<string[]>> {
  await shell.evaluate(({ dialog }, given) => {
    const questions: string[] = [];
    Object.assign(globalThis, { testQuestions: questions });
    const left = [...given];
    dialog.showMessageBox = ((options: { message: string; detail?: string; buttons?: string[] }) => {
      questions.push([options.message, options.detail, ...(options.buttons ?? [])].join('\n'));
      const response = left.shift();
      return response === undefined ? new Promise(() => undefined) : Promise.resolve({ response });
    }) as unknown as typeof dialog.showMessageBox;
  }, answers);
  return () => shell.evaluate(() => (globalThis as unknown as { testQuestions: string[] }).testQuestions);
}

/** A page that crashed is lost to Playwright; the window's new one is asked through the shell. */
async function inPage<T>(shell: ElectronApplication, script: string): Promise<T | undefined> {
  return (await shell.evaluate(
    ({ BrowserWindow }, code) =>
      Promise.race([
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code) ?? Promise.resolve(undefined),
        new Promise((resolve) => setTimeout(() => resolve(undefined), 2_000)), // asked of a page that died meanwhile
      ]),
    script,
  )) as T | undefined;
}

const crashPage = (shell: ElectronApplication) =>
  shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer());

const pagePid = (shell: ElectronApplication) =>
  shell.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    return contents && !contents.isCrashed() ? contents.getOSProcessId() : 0;
  });

test('a page that crashed is loaded again, signed in, with its consoles', async ({ app, lab }) => {
  const shell = shellOf(app);
  await signIn(app.page, lab);
  await waitForPicture(await openConsole(app.page, 'web-frontend'));
  await openTerminal(app.page, 'dns');
  const pid = await pagePid(shell);
  await crashPage(shell);
  await expect.poll(() => pagePid(shell), { timeout: 30_000 }).not.toBe(pid);
  const status = `document.querySelector('[data-area="status"]')?.innerText`;
  await expect.poll(() => inPage<string>(shell, status), { timeout: 30_000 }).toMatch(/2 tunnels alive\n/);
  expect(await inPage<number>(shell, `document.querySelectorAll('.dv-tab').length`)).toBe(2);
});

test('a page that crashes again and again is given up with a report, and tried again when the person says so', async ({
  app,
}) => {
  const shell = shellOf(app);
  const questions = await answerQuestions(shell, [1, 0]);
  for (let crash = 1; crash <= 4; crash++) {
    await expect.poll(() => pagePid(shell), { timeout: 30_000 }).toBeGreaterThan(0);
    const pid = await pagePid(shell);
    await crashPage(shell);
    if (crash < 4) await expect.poll(() => pagePid(shell), { timeout: 30_000 }).not.toBe(pid);
  }
  await expect.poll(async () => (await questions()).length).toBe(2);
  expect((await questions())[0]).toMatch(
    /^The window of Sluice ended again and again[\s\S]*Try again\nCopy the report\nQuit$/,
  );
  const report = readFileSync(join(app.dataDir, 'last-crash.txt'), 'utf8');
  expect(report).toMatch(/^Sluice \d.* with Electron /);
  expect(report.match(/A page ended: /g)).toHaveLength(4);
  expect(await shell.evaluate(({ clipboard }) => clipboard.readText())).toBe(report);
  await expect
    .poll(() => inPage<boolean>(shell, `document.querySelector('[data-area="status"]') !== null`), { timeout: 30_000 })
    .toBe(true);
});

test('an engine that dies is started again, and no more after five deaths in a minute', async ({ app, lab }) => {
  const shell = shellOf(app);
  const questions = await answerQuestions(shell, [0]);
  await signIn(app.page, lab);
  await waitForPicture(await openConsole(app.page, 'web-frontend'));
  let killed = 0;
  for (let death = 1; death <= 5; death++) {
    expect(await questions()).toEqual([]);
    await expect.poll(() => app.enginePid().catch(() => killed), { timeout: 20_000 }).not.toBe(killed);
    killed = await app.enginePid();
    process.kill(killed, 'SIGKILL');
  }
  await expect.poll(questions).toHaveLength(1);
  expect((await questions())[0]).toMatch(/^The engine of Sluice ended again and again/);
  const path = join(app.dataDir, 'last-crash.txt');
  expect(existsSync(path) && readFileSync(path, 'utf8').match(/The engine ended with code/g)?.length).toBe(5);
  expect(readFileSync(path, 'utf8')).not.toContain(lab.password);
  // The person had it tried again: all is as it was.
  await waitForPicture(app.page.locator('[data-console]:visible').last());
});

test('a page that does not answer is loaded again when the person has had enough', async ({ app }) => {
  const shell = shellOf(app);
  const questions = await answerQuestions(shell, [1]);
  await expect.poll(() => inPage<boolean>(shell, `document.querySelector('[data-area="status"]') !== null`)).toBe(true);
  const pid = await pagePid(shell);
  // Chromium says so after half a minute; the page hangs for real, so that nothing but its end helps.
  void app.page
    .evaluate(() => {
      for (;;);
    })
    .catch(() => undefined);
  await shell.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.emit('unresponsive'));
  await expect.poll(questions).toHaveLength(1);
  expect((await questions())[0]).toMatch(/^The window of Sluice does not answer/);
  await expect.poll(() => pagePid(shell), { timeout: 30_000 }).not.toBe(pid);
  await expect
    .poll(() => inPage<boolean>(shell, `document.querySelector('[data-area="status"]') !== null`), { timeout: 30_000 })
    .toBe(true);
});
