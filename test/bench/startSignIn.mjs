import { chromium } from '@playwright/test';

const SIGN_IN_MS = 60_000;

/** Signs a running app in to the lab as a person does, says that this is to be kept, and ends the app. */
export async function keepSignedIn(app, lab) {
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${await app.toolsPort}`);
  try {
    const [page] = browser.contexts().flatMap((context) => context.pages());
    page.setDefaultTimeout(SIGN_IN_MS);
    await page.getByRole('region', { name: 'Welcome' }).getByRole('button', { name: 'Add a cluster' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a cluster' });
    await dialog.getByLabel('Address').fill(lab.address);
    await dialog.getByLabel('Address').press('Enter');
    await dialog.getByText('It matches. Trust this certificate for this cluster.').click();
    await dialog.getByLabel('User name').fill(lab.username);
    await dialog.getByLabel('User name').press('Tab');
    await dialog.locator('input[type="password"]').fill(lab.password);
    await dialog.getByText(/^Keep me signed in/).click();
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('tree', { name: 'Inventory' }).getByRole('treeitem', { level: 3 }).first().waitFor();
  } finally {
    await browser.close();
    await app.end();
  }
}
