import { expect, test } from './fixtures/app.ts';
import { welcome } from './fixtures/signIn.ts';

test('a menu whose code comes with its first use opens by keyboard, takes arrows, and gives the focus back', async ({
  app: { page, takePageErrors },
}) => {
  const accounts = page.getByRole('navigation', { name: 'Areas' }).getByRole('button', { name: 'Accounts' });
  await expect(accounts).toHaveAttribute('aria-haspopup', 'menu');
  await accounts.focus();
  await page.keyboard.press('Enter');
  const item = page.getByRole('menuitem', { name: 'Add a cluster…' });
  await expect(item).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(item).toBeHidden();
  await expect(accounts).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Add a cluster' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Held / }).click();
  await expect(page.getByText('Held by relays')).toBeVisible();
  expect(takePageErrors()).toEqual([]);
});

test('what is typed right after Ctrl K is in the palette, from the first moment of a window', async ({
  app: { page },
}) => {
  await page.reload({ waitUntil: 'commit' });
  await welcome(page).waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('>keyboard map');
  const field = page.getByRole('combobox');
  await expect(field).toHaveValue('>keyboard map');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: /^Keyboard/ })).toBeVisible();
});
