import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';

import { root } from '../../build/paths.mjs';
import { type App, expect, test } from './fixtures/app.ts';
import { openConsole, openTerminal, waitForPicture } from './fixtures/consoles.ts';
import { askAddress, openSignIn, signIn, tree, welcome } from './fixtures/signIn.ts';

const axeSource = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** What axe finds serious or critical, one line each. */
async function seriousProblems(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(options: unknown): Promise<AxeResults> } };
    return await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
  });
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}`));
}

async function setTheme(app: App, theme: 'light' | 'dark'): Promise<void> {
  await app.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
}

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on any view, ${theme}`, async ({ app, lab }) => {
    const { page } = app;
    await setTheme(app, theme);
    const picture = (name: string) => page.screenshot({ path: test.info().outputPath(`${theme}-${name}.png`) });
    await expect(welcome(page)).toBeVisible();
    await picture('welcome');
    expect(await seriousProblems(page), 'welcome').toEqual([]);

    const dialog = await openSignIn(page);
    await askAddress(dialog, lab.address);
    await expect(dialog.getByRole('region', { name: 'Certificate' })).toBeVisible();
    await picture('sign-in');
    expect(await seriousProblems(page), 'sign-in').toEqual([]);
    await page.keyboard.press('Escape');

    await signIn(page, lab);
    await waitForPicture(await openConsole(page, 'web-frontend'));
    await openTerminal(page, 'dns');
    await picture('consoles');
    expect(await seriousProblems(page), 'inventory, consoles and tasks').toEqual([]);

    await page.keyboard.press('ControlRight');
    await tree(page).focus();
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await picture('palette');
    expect(await seriousProblems(page), 'palette').toEqual([]);
  });
}

test('a keyboard is enough: from the tree into a console, and back', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  const row = tree(page).getByRole('treeitem', { name: /^web-frontend/ });
  await expect(async () => {
    await tree(page).focus(); // the dialog that closed may give the focus back late
    await page.keyboard.type('web-f');
    await expect(row).toHaveAttribute('aria-selected', 'true', { timeout: 500 });
  }).toPass({ intervals: [1000] });
  await page.keyboard.press('Enter');
  const status = page.getByRole('contentinfo', { name: 'Status' });
  await expect(status).toContainText('Keys go to web-frontend');
  await page.keyboard.press('ControlRight');
  await expect(status).toContainText('Keys go to Sluice');
  for (let presses = 0; presses < 6; presses++) {
    await page.keyboard.press('F6');
    if (await tree(page).evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error('F6 never came to the tree');
});
