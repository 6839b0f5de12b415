import type { Page } from '@playwright/test';

import { Canaries } from '../support/canaries.ts';
import { expect, test } from './fixtures/app.ts';
import { openConsole, openTerminal } from './fixtures/consoles.ts';
import { signIn, tree } from './fixtures/signIn.ts';

/** All that the page shows or keeps: what is in it, its storages, its addresses, what it loaded. */
function contentOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const databases = (await indexedDB.databases?.()) ?? [];
    const loaded = performance.getEntries().map(({ name }) => name);
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => (field as HTMLInputElement).value);
    return [
      document.documentElement.outerHTML,
      document.title,
      document.cookie,
      location.href,
      ...fields,
      ...loaded,
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      JSON.stringify(history.state),
      JSON.stringify(databases),
    ].join('\n');
  });
}

test('nothing secret is left in the page, its storages, its addresses or its console', async ({
  app: { page, dataDir },
  lab,
}) => {
  const canaries = new Canaries();
  page.on('console', (message) => canaries.saw('console of the page', message.text()));
  page.on('request', (request) => canaries.saw('addresses', request.url()));
  await signIn(page, lab);
  await openConsole(page, 'web-frontend');
  await openTerminal(page, 'dns');
  await tree(page).getByRole('treeitem', { level: 1 }).first().click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'API gateway…' }).click();
  const dialog = page.getByRole('dialog', { name: /^API gateway to/ });
  await dialog.getByRole('button', { name: 'Open a door' }).click();
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  canaries.saw('the page', await contentOf(page));
  await page.keyboard.press('Escape');
  canaries.saw('the page', await contentOf(page));
  canaries.sawFolder('data', dataDir);
  canaries.sawCommandLines();
  canaries.plant('password', lab.password);
  for (const [index, secret] of lab.issuedSecrets.entries()) canaries.plant(`issued ${index}`, secret);
  expect(canaries.count).toBeGreaterThan(3);
  expect(canaries.find()).toEqual([]);
});
