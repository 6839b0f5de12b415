import { mkdirSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { type LoginLab, startLoginLab } from '../../electron/lab/login/loginLab.ts';
import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import {
  askAddress,
  firstStep,
  guestRow,
  openSignIn,
  openTrusted,
  passwordField,
  signIn,
  submit,
  tree,
  trustCertificate,
} from './fixtures/signIn.ts';

test.use({ labOptions: { openId: true } });

const dialogOf = (page: Page) => page.getByRole('dialog');
const clusterRow = (page: Page) => tree(page).getByRole('treeitem', { level: 1 });

/** By axe, and by a person who wants to: `SLUICE_SHOTS=folder` keeps pictures there. */
async function look(page: Page, name: string): Promise<void> {
  expect(await axeProblems(page), name).toEqual([]);
  const folder = process.env.SLUICE_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
  const size = page.viewportSize();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 700, height: 900 });
  await page.screenshot({ path: `${folder}/${name}-narrow-light.png` });
  if (size) await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'dark' });
}

test('takes a recovery key as people write it', async ({ app: { page }, lab }) => {
  await firstStep(page, lab.address, lab.totp);
  const second = page.getByRole('dialog', { name: 'Second factor' });
  await second.getByText('Recovery key', { exact: true }).click();
  await second.getByLabel('Code').fill(` ${(lab.totp.recoveryCodes[0] ?? '').toUpperCase()} `);
  await second.getByLabel('Code').press('Enter');
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('takes what a YubiKey types, which ends with Enter', async ({ app: { page }, lab }) => {
  await firstStep(page, lab.address, lab.yubico);
  const second = page.getByRole('dialog', { name: 'Second factor' });
  await expect(second.getByLabel('Code')).toBeFocused();
  await look(page, 'yubikey');
  await page.keyboard.type(lab.yubico.touch?.() ?? '');
  await page.keyboard.press('Enter');
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('says that WebAuthn answers only to the server’s own page, and takes a recovery key', async ({ app, lab }) => {
  const { page } = app;
  await firstStep(page, lab.address, lab.webAuthnOrRecovery);
  const second = page.getByRole('dialog', { name: 'Second factor' });
  await expect(second).toContainText('WebAuthn');
  await look(page, 'webauthn-recovery');
  await second.getByLabel('Code').fill(lab.webAuthnOrRecovery.recoveryCodes[0] ?? '');
  await submit(second);
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('offers an API token where WebAuthn is all there is', async ({ app: { page }, lab }) => {
  const dialog = await firstStep(page, lab.address, lab.webAuthn);
  await expect(dialog.getByRole('alert')).toContainText('WebAuthn');
  await look(page, 'webauthn-only');
  await dialog.getByRole('button', { name: 'Use an API token' }).click();
  await dialog.getByLabel('Token ID').fill(lab.apiToken);
  await submit(dialog);
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('signs in at an OpenID provider in a tab of its own', async ({ app, lab }) => {
  test.skip(app.kind === 'electron', 'the system browser is no page of ours');
  const { page, context } = app;
  const dialog = await openTrusted(page, lab.address);
  await dialog.getByText('OpenID', { exact: true }).click();
  await expect(passwordField(dialog)).toHaveCount(0);
  await look(page, 'openid');
  await submit(dialog);
  const waiting = page.getByRole('dialog', { name: 'Sign in with your browser' });
  await expect(waiting.getByRole('status')).toContainText('Waiting');
  await look(page, 'openid-waiting');
  const opened = context.waitForEvent('page');
  await waiting.getByRole('link', { name: 'Open the sign-in page' }).click();
  const provider = await opened;
  await provider.getByRole('button', { name: 'Sign in as Olga' }).click();
  await expect(provider.getByText('Go back to Sluice')).toBeVisible();
  await provider.close();
  await expect(waiting).toBeHidden();
  await expect(guestRow(page, 'web-frontend')).toBeVisible();

  // The next time nothing is asked for here at all.
  lab.invalidateTickets();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click({ timeout: 20_000 });
  const again = page.getByRole('dialog', { name: /^Sign in to / });
  await expect(again).toContainText('olga@company');
  await expect(again.getByRole('textbox')).toHaveCount(0);
  await look(page, 'openid-again');
  const openedAgain = context.waitForEvent('page');
  await submit(again);
  await page.getByRole('link', { name: 'Open the sign-in page' }).click();
  await (await openedAgain).getByRole('button', { name: 'Sign in as Olga' }).click();
  await expect(clusterRow(page)).not.toHaveAccessibleName(/signed out/, { timeout: 20_000 });
});

test('an OpenID sign-in that was refused is told in place, and one that is given up leads back', async ({
  app,
  lab,
}) => {
  test.skip(app.kind === 'electron', 'the system browser is no page of ours');
  const { page, context } = app;
  const dialog = await openTrusted(page, lab.address);
  await dialog.getByText('OpenID', { exact: true }).click();
  await submit(dialog);
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await expect(dialog.getByLabel('Address')).toBeVisible();
  await submit(dialog);
  const opened = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Open the sign-in page' }).click();
  const provider = await opened;
  await provider.getByRole('button', { name: 'Refuse' }).click();
  await expect(provider.getByText('did not sign you in')).toBeVisible();
  await provider.close();
  await expect(dialog.getByRole('alert')).toContainText('access_denied');
  await look(page, 'openid-refused');
});

test('asks only for the password when the server ended a sign-in', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
  lab.invalidateTickets();
  await expect(clusterRow(page)).toHaveAccessibleName(/signed out/, { timeout: 20_000 });
  await look(page, 'ended');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /^Sign in to / });
  await expect(passwordField(dialog)).toBeFocused();
  await expect(dialog.getByLabel('Address')).toHaveCount(0);
  await expect(dialog).toContainText('root@pam');
  await look(page, 'again');
  await page.keyboard.type(lab.password);
  await expect(dialog.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(clusterRow(page)).not.toHaveAccessibleName(/signed out/);
  await expect(page.getByText('has ended')).toHaveCount(0);
});

test('a name without an address is told by its host alone', async ({ app: { page } }) => {
  await openSignIn(page);
  const dialog = dialogOf(page);
  await askAddress(dialog, 'nowhere.invalid');
  const alert = dialog.getByRole('alert');
  await expect(alert).toContainText('nowhere.invalid', { timeout: 30_000 });
  await expect(alert).not.toContainText('8006');
});

for (const product of ['pbs', 'pdm'] as const) {
  test.describe(product, () => {
    let server: LoginLab;
    test.beforeAll(async () => {
      server = await startLoginLab({ product });
    });
    test.afterAll(() => server.close());

    test('is told apart, takes a password and a second factor, and is a row of its own kind', async ({ app }) => {
      const { page } = app;
      const dialog = await firstStep(page, server.address, server.totp);
      const second = page.getByRole('dialog', { name: 'Second factor' });
      await second.getByLabel('Code').fill(server.totp.code());
      await submit(second);
      await expect(dialog).toBeHidden();
      const kind = product === 'pbs' ? 'Proxmox Backup Server' : 'Proxmox Datacenter Manager';
      await expect(clusterRow(page)).toHaveAccessibleName(`127.0.0.1, ${kind}`);
      await look(page, `${product}-row`);
    });

    test('takes an API token pasted whole', async ({ app: { page } }) => {
      await openSignIn(page);
      const dialog = dialogOf(page);
      await askAddress(dialog, server.address);
      await trustCertificate(dialog);
      await expect(dialog).toContainText(product === 'pbs' ? 'Backup Server' : 'Datacenter Manager');
      await dialog.getByText('API token', { exact: true }).click();
      await dialog.getByLabel('Token ID').fill(server.apiToken);
      await expect(dialog.getByLabel('Token ID')).toHaveValue('root@pam!lab');
      await look(page, `${product}-token`);
      await submit(dialog);
      await expect(dialog).toBeHidden();
      await expect(clusterRow(page)).toHaveAccessibleName(/^127\.0\.0\.1, Proxmox/);
    });
  });
}

test('in the shell an OpenID sign-in goes on in the system’s browser by itself', async ({ app, lab }) => {
  test.skip(app.shell === undefined, 'a browser opens no tab without a click');
  const { page, shell } = app;
  const opened = await shell?.evaluateHandle(({ shell: system }) => {
    const urls: string[] = [];
    system.openExternal = (url) => {
      urls.push(url);
      return Promise.resolve();
    };
    return urls;
  });
  const dialog = await openTrusted(page, lab.address);
  await dialog.getByText('OpenID', { exact: true }).click();
  await submit(dialog);
  await expect(page.getByRole('dialog', { name: 'Sign in with your browser' })).toBeVisible();
  await expect.poll(async () => (await opened?.jsonValue())?.length).toBe(1);
  const [url = ''] = (await opened?.jsonValue()) ?? [];
  const { origin, searchParams } = new URL(url);
  const body = new URLSearchParams({
    redirect_uri: searchParams.get('redirect_uri') ?? '',
    state: searchParams.get('state') ?? '',
    answer: 'yes',
  });
  await fetch(`${origin}/authorize`, { method: 'POST', body });
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});
