import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from './fixtures/app.ts';
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
  typeCredentials,
} from './fixtures/signIn.ts';

test('signs in after the fingerprint was compared, and shows nodes and guests', async ({ app: { page }, lab }) => {
  const dialog = await openSignIn(page);
  await askAddress(dialog, lab.address);
  const shown = await dialog.getByRole('region', { name: 'Certificate' }).innerText();
  expect(shown.replaceAll(/\s/g, '')).toContain(lab.fingerprint.replaceAll(/\s/g, ''));
  await typeCredentials(dialog, lab.username, lab.password);
  await expect(dialog.getByRole('button', { name: 'Sign in' }), 'off until trusted').toBeDisabled();
  await trustCertificate(dialog);
  await submit(dialog);
  await expect(dialog).toBeHidden();
  await expect(tree(page).getByRole('treeitem', { name: /^pve1, online/ })).toBeVisible();
  await expect(guestRow(page, 'web-frontend')).toHaveAttribute('aria-level', '3');
});

test('takes no certificate for granted after a reload, but asks no second time', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  await page.reload();
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('asks for a second factor, refuses a wrong code and takes the right one', async ({ app: { page }, lab }) => {
  await firstStep(page, lab.address, lab.totp);
  const second = page.getByRole('dialog', { name: 'Second factor' });
  const wrong = lab.totp.code() === '000000' ? '000001' : '000000';
  await second.getByLabel('Code').fill(wrong);
  await submit(second);
  await expect(page.getByRole('alert').filter({ hasText: /\w/ })).toBeVisible();
  await expect(tree(page)).toBeHidden();
  await second.getByLabel('Code').fill(lab.totp.code());
  await submit(second);
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('a wrong password is told in place, and the right one then works', async ({ app: { page }, lab }) => {
  const dialog = await firstStep(page, lab.address, { ...lab, password: 'not the password' });
  await expect(dialog.getByRole('alert')).toContainText(/password/i);
  await passwordField(dialog).fill(lab.password);
  await submit(dialog);
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});

test('an address where nobody listens is told in place', async ({ app: { page } }) => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const dialog = await openSignIn(page);
  await askAddress(dialog, `127.0.0.1:${port}`);
  await expect(dialog.getByRole('alert')).toContainText(/refused/i);
});

test('a server that is no Proxmox VE is told in place', async ({ app: { page } }) => {
  const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const dialog = await openSignIn(page);
  await askAddress(dialog, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(dialog.getByRole('alert')).toContainText(/Proxmox/);
  server.close();
  server.closeAllConnections();
});

test('a changed certificate stops everything until it was compared', async ({ app: { page }, lab }) => {
  await signIn(page, lab);
  const fingerprint = lab.replaceCertificate({ newAuthority: true });
  lab.killConnections();
  const clusterRow = tree(page).getByRole('treeitem', { level: 1 });
  await expect(clusterRow).toHaveAccessibleName(/certificate/i, { timeout: 20_000 });
  await clusterRow.dblclick();
  const dialog = page.getByRole('dialog', { name: /certificate of .* changed/ });
  const text = (await dialog.innerText()).replaceAll(/\s/g, '');
  expect(text).toContain(fingerprint);
  const trust = dialog.getByRole('button', { name: 'Trust the new certificate' });
  await expect(trust).toBeDisabled();
  await dialog.getByText('The new one matches the node.').click();
  await trust.click();
  await expect(dialog).toBeHidden();
  await expect(clusterRow).not.toHaveAccessibleName(/certificate/i, { timeout: 20_000 });
});

test('signs in with an API token pasted whole, and says in place when it is wrong', async ({ app: { page }, lab }) => {
  const dialog = await openTrusted(page, lab.address);
  await dialog.getByText('API token', { exact: true }).click();
  await expect(passwordField(dialog)).toHaveCount(0);
  await dialog.getByLabel('Token ID').fill('root@pam!lab');
  await dialog.getByLabel('Secret', { exact: true }).fill('not-the-secret');
  await submit(dialog);
  await expect(dialog.getByRole('alert')).toContainText('refused the API token');
  await dialog.getByLabel('Token ID').fill(lab.apiToken);
  await expect(dialog.getByLabel('Token ID')).toHaveValue('root@pam!lab');
  await submit(dialog);
  await expect(dialog).toBeHidden();
  await expect(guestRow(page, 'web-frontend')).toBeVisible();
});
