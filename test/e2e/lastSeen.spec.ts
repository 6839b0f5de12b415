import { expect, test } from './fixtures/app.ts';
import { openTrusted, passwordField, submit, tree, typeCredentials } from './fixtures/signIn.ts';

declare global {
  interface Window {
    /** Names of rows when the page had just drawn its first picture. */
    firstRows?: string[];
  }
}

test('the first picture has the guests of last time, which nobody has been asked about yet', async ({
  app: { page, takePageErrors },
  lab,
}) => {
  const dialog = await openTrusted(page, lab.address);
  await typeCredentials(dialog, lab.username, lab.password);
  await submit(dialog);
  const running = tree(page).getByRole('treeitem', { name: /, running/ });
  await expect(running.first()).toBeVisible();
  const count = await tree(page).getByRole('treeitem').count();

  await page.addInitScript(() => {
    new PerformanceObserver(() => {
      window.firstRows = [...document.querySelectorAll('[role=treeitem]')].map((row) => row.ariaLabel ?? '');
    }).observe({ type: 'paint', buffered: true });
  });
  await page.reload();
  await expect.poll(() => page.evaluate(() => window.firstRows?.length ?? 0)).toBe(count);
  const rows = await page.evaluate(() => window.firstRows ?? []);
  expect(rows.filter((name) => name.includes('unknown, running when last asked')).length).toBeGreaterThan(0);
  expect(rows.filter((name) => /\d, running/.test(name))).toEqual([]);
  await expect(running.first()).toBeVisible(); // and soon what is so now

  const kept = await page.evaluate(() => localStorage.getItem('sluice.seen') ?? '');
  expect(kept).toContain('running');
  for (const secret of [lab.password, 'PVE:', 'ticket']) expect(kept).not.toContain(secret);

  // Signed out, nothing but the row of the server is kept.
  await tree(page).getByRole('treeitem', { level: 1 }).first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect
    .poll(() => page.evaluate(() => JSON.parse(localStorage.getItem('sluice.seen') ?? '{}') as object))
    .toMatchObject({ clusters: [{ state: 'signed-out' }], nodes: [], guests: [] });
  await page.reload();
  await expect(tree(page).getByRole('treeitem', { level: 1 })).toHaveAccessibleName(/signed out/);
  await tree(page).getByRole('treeitem', { level: 1 }).dblclick();
  await expect(passwordField(page.getByRole('dialog', { name: /^Sign in to/ }))).toBeVisible();
  expect(takePageErrors()).toEqual([]);
});
