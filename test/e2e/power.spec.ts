// The machine's power and the shell: the events of the system are made here, the engine behind them is the real one.
import type { ElectronApplication } from '@playwright/test';

import { type App, expect, test } from './fixtures/app.ts';
import { openTerminal } from './fixtures/consoles.ts';
import { guestRow, signIn } from './fixtures/signIn.ts';

function shellOf(app: App): ElectronApplication {
  if (!app.shell) throw new Error('not in Electron');
  return app.shell;
}

/** What the shell asked of the system to stay awake, as a count of what it holds now. */
async function countBlockers(shell: ElectronApplication): Promise<() => Promise<{ held: number; started: number }>> {
  await shell.evaluate(({ powerSaveBlocker }) => {
    const count = { held: 0, started: 0 };
    Object.assign(globalThis, { testBlockers: count });
    powerSaveBlocker.start = () => {
      count.held += 1;
      count.started += 1;
      return count.started;
    };
    powerSaveBlocker.stop = () => {
      count.held -= 1;
      return true;
    };
  });
  return () =>
    shell.evaluate(() => (globalThis as unknown as { testBlockers: { held: number; started: number } }).testBlockers);
}

const emit = (shell: ElectronApplication, event: 'suspend' | 'resume') =>
  shell.evaluate(({ powerMonitor }, name) => void (powerMonitor as unknown as NodeJS.EventEmitter).emit(name), event);

test('a machine that sleeps is asked for nothing, blames nobody, and finds everything when it wakes up', async ({
  app,
  lab,
}) => {
  const shell = shellOf(app);
  await signIn(app.page, lab);
  await openTerminal(app.page, 'dns');
  const status = app.page.locator('[data-area="status"]');
  await expect(status).toContainText('1 tunnel alive');
  await emit(shell, 'suspend');
  await expect.poll(() => shell.evaluate(({ powerMonitor }) => powerMonitor.listenerCount('suspend'))).toBe(1);
  lab.refuseConnections(true);
  lab.killConnections({ reset: true });
  await expect(status).toContainText(/reconnecting/);
  await expect(status).toContainText('Signed in to lab');
  lab.refuseConnections(false);
  lab.forgetRequests();
  await emit(shell, 'resume');
  await expect.poll(() => lab.requests.some(({ path }) => path.endsWith('/cluster/resources'))).toBe(true);
  await expect(status).toContainText(/1 tunnel alive(?!,)/, { timeout: 30_000 });
  await expect(status).toContainText('Signed in to lab');
});

test('the machine stays awake while a migration runs, and no longer', async ({ app, lab }) => {
  const shell = shellOf(app);
  const blockers = await countBlockers(shell);
  await signIn(app.page, lab);
  await guestRow(app.page, 'web-frontend').click({ button: 'right' });
  await app.page.getByRole('menuitem', { name: 'Migrate…', exact: true }).click();
  const dialog = app.page.getByRole('dialog', { name: 'Migrate web-frontend' });
  await dialog.getByRole('radio', { disabled: false }).first().check();
  await dialog.getByRole('button', { name: 'Review' }).click();
  await dialog.getByRole('button', { name: 'Start the migration' }).click();
  await expect.poll(blockers, { timeout: 30_000 }).toEqual({ held: 1, started: 1 });
  lab.quirks.taskPace = 100;
  await expect.poll(blockers, { timeout: 60_000 }).toMatchObject({ held: 0 });
});
