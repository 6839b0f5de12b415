import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { dist } from '../../build/paths.mjs';
import { expect, test } from './fixtures/app.ts';
import { signIn, tree } from './fixtures/signIn.ts';

/** What a command printed, when it has ended. */
function sluice(...args: string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    let text = '';
    // Playwright sets FORCE_COLOR; Node warns on stderr where both are set.
    const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env;
    const options = { env, stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'] };
    const child = spawn(process.execPath, [join(dist, 'cli.mjs'), ...args], options);
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    child.once('close', (code) => resolve({ code, text }));
  });
}

test('sluice console opens a guest in the app that runs', async ({ app: { page, dataDir }, lab }) => {
  await signIn(page, lab);
  const opened = await sluice('console', 'web-frontend', '--cluster', 'lab', '--data-dir', dataDir);
  expect(opened).toEqual({ code: 0, text: 'web-frontend of lab is open in Sluice.\n' });
  await expect(page.getByRole('tab', { name: /web-frontend/ })).toBeVisible();
  const missing = await sluice('console', 'nobody', '--data-dir', dataDir);
  expect(missing).toEqual({ code: 1, text: "No cluster in the app has a guest 'nobody'. See 'sluice guests'.\n" });
  await expect(tree(page)).toBeVisible();
});
