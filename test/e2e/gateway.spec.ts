import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { signIn, tree } from './fixtures/signIn.ts';

test('opens a door to the API, copies its token, and closes it', async ({ app: { page, kind }, lab }) => {
  await signIn(page, lab);
  await tree(page).getByRole('treeitem', { level: 1 }).first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'API gateway…' }).click();
  const dialog = page.getByRole('dialog', { name: /^API gateway to/ });
  await dialog.getByRole('button', { name: 'Open a door' }).click();
  const url = await dialog.getByRole('listitem').locator('code').innerText();
  await dialog.getByRole('button', { name: `Copy the token of ${url}` }).click();
  await expect(page.getByText('Copied the token.')).toBeVisible();
  if (kind === 'chromium') {
    const token = await page.evaluate(() => navigator.clipboard.readText());
    const answer = await fetch(`${url}/api2/json/version`, { headers: { Authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(await page.content(), 'the token stands nowhere in the page').not.toContain(token);
  }
  expect(await axeProblems(page)).toEqual([]);
  if (process.env.SLUICE_SHOTS) {
    await page.screenshot({ path: `${process.env.SLUICE_SHOTS}/gateway.png` });
    await page.setViewportSize({ width: 700, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.screenshot({ path: `${process.env.SLUICE_SHOTS}/gateway-narrow.png` });
    await page.setViewportSize({ width: 1440, height: 900 });
  }
  await dialog.getByRole('button', { name: `Close ${url}` }).click();
  await expect(dialog.getByRole('listitem')).toHaveCount(0);
  await expect(fetch(url)).rejects.toThrow();
});
