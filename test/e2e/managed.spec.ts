import { mkdirSync } from 'node:fs';

import { startLoginLab } from '../../electron/lab/login/loginLab.ts';
import { expect, test } from './fixtures/app.ts';
import {
  askAddress,
  guestRow,
  openSignIn,
  submit,
  tree,
  trustCertificate,
  typeCredentials,
} from './fixtures/signIn.ts';

test('guests of a Datacenter Manager’s remotes are listed, and offered what it passes on', async ({ app, lab }) => {
  const { page } = app;
  const manager = await startLoginLab({ product: 'pdm', remotes: { north: lab } });
  try {
    await openSignIn(page);
    const dialog = page.getByRole('dialog');
    await askAddress(dialog, manager.address);
    await trustCertificate(dialog);
    await typeCredentials(dialog, 'root@pam', manager.password);
    await submit(dialog);
    await expect(tree(page).getByRole('treeitem', { name: /north\/pve1/ })).toBeVisible();
    const row = guestRow(page, 'web-frontend');
    await row.click({ button: 'right' });
    const item = (name: RegExp) => page.getByRole('menuitem', { name });
    await expect(item(/Open its screen/)).toBeVisible();
    await expect(item(/Shut down/)).toBeVisible();
    for (const absent of [/Migrate/, /Back up/, /viewer/, /Pause/, /Restart/])
      await expect(item(absent)).toHaveCount(0);
    const folder = process.env.SLUICE_SHOTS;
    if (folder) {
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: `${folder}/managed-menu.png` });
    }
    await page.keyboard.press('Escape');
    await guestRow(page, 'dns').click({ button: 'right' });
    await expect(item(/Open its terminal/)).toBeVisible();
    await expect(item(/Open its screen/)).toHaveCount(0);
    const earlier = lab.consoles.length; // the cluster is shared by the specs of a worker
    await item(/Open its terminal/).click();
    await expect(page.locator('.xterm-rows').or(page.locator('.xterm-screen')).first()).toBeVisible();
    await expect.poll(() => lab.consoles.length).toBe(earlier + 1);
    if (folder) await page.screenshot({ path: `${folder}/managed-terminal.png` });
  } finally {
    await manager.close();
  }
});
