import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from './fixtures/app.ts';
import { openTrusted, passwordField, submit, tree, typeCredentials } from './fixtures/signIn.ts';

const shot = process.env.SLUICE_SHOTS;

test('says what is kept of a sign-in, keeps it only where that was wanted, and removes it with the sign-out', async ({
  app: { page, kind, dataDir },
  lab,
}) => {
  const kept = () => {
    const path = join(dataDir, 'vault.json');
    return existsSync(path) ? Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object).length : 0;
  };
  const dialog = await openTrusted(page, lab.address);
  const section = dialog.getByRole('region', { name: 'What is kept' });
  await expect(section).toContainText(/kept|this sign-in ends with Sluice/);
  const isMemoryOnly = (await section.getByRole('checkbox').count()) === 0;
  if (shot) await page.screenshot({ path: `${shot}/keep-${kind}.png` });
  test.skip(kind === 'chromium' || isMemoryOnly, 'no file could be kept here'); // the key store has tests of its own
  await typeCredentials(dialog, lab.username, lab.password);
  await submit(dialog);
  await expect(tree(page)).toBeVisible();
  expect(kept(), 'nothing without a word').toBe(0);
  const cluster = tree(page).getByRole('treeitem', { level: 1 }).first();
  const signOut = async () => {
    await cluster.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(cluster).toHaveAccessibleName(/signed out/);
  };
  await signOut();
  await cluster.dblclick();
  const again = page.getByRole('dialog', { name: /^Sign in to/ });
  await again.getByText(/^Keep me signed in/).click();
  await expect(again.getByRole('region', { name: 'What is kept' })).toContainText('never the password');
  if (shot) await page.screenshot({ path: `${shot}/keep-on-${kind}.png` });
  await passwordField(again).fill(lab.password);
  await submit(again);
  await expect.poll(kept).toBe(1);
  await signOut();
  await expect.poll(kept).toBe(0);
});
