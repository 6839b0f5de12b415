import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { guestRow, signIn } from './fixtures/signIn.ts';

test('offers what the privileges allow, and says of the rest which one is missing', async ({ app: { page }, lab }) => {
  await signIn(page, { address: lab.address, ...lab.operator });
  const own = page.locator('[role=treeitem][aria-level="3"]').filter({ hasText: '101' });
  await own.click({ button: 'right' });
  const menu = page.getByRole('menu');
  const screen = menu.getByRole('menuitem', { name: /^Open its screen/ });
  await expect(screen).toBeDisabled();
  await expect(screen).toHaveAccessibleDescription('needs VM.Console on /vms/101');
  await expect(menu.getByText('needs VM.PowerMgmt on /vms/101')).toBeVisible();
  await expect(menu.getByRole('menuitem', { name: 'Shut down' })).toBeDisabled();
  expect(await axeProblems(page)).toEqual([]);
  if (process.env.SLUICE_SHOTS) await page.screenshot({ path: `${process.env.SLUICE_SHOTS}/privileges.png` });
  await page.keyboard.press('Escape');
  await guestRow(page, 'linux-qemu').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: /^Open its screen/ })).toBeEnabled();
});
