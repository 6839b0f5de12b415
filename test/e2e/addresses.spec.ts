// Consoles that stand at an address of their own, opened by hand.
import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { Locator, Page } from '@playwright/test';

import { startPlainVnc } from '../support/plainVnc.ts';
import { listenPlain, testCertificate } from '../support/sockets.ts';
import { type App, expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { askAddress, submit, tree, trustCertificate, typeCredentials } from './fixtures/signIn.ts';
import { focusTerminal, frontConsole, terminalText, waitForPicture } from './fixtures/consoles.ts';

const PASSWORD = 'k3pt-1n!';

/** Says nothing until it is typed to, then says it back in capitals. */
const serialPort = (socket: Socket) => socket.on('data', (chunk) => socket.write(chunk.toString().toUpperCase()));

async function openDialog({ page }: App): Promise<Locator> {
  await page.getByRole('button', { name: 'Open an address' }).click();
  return page.getByRole('dialog', { name: 'Open an address' });
}

async function typeInto(page: Page, panel: Locator, text: string): Promise<void> {
  await focusTerminal(panel);
  await page.keyboard.type(text);
  await expect.poll(() => terminalText(page, panel)).toContain(text.toUpperCase());
}

test('a silent serial port opens without a cluster, takes keys, and stands in the list the next time', async ({
  app,
}) => {
  const { page } = app;
  const port = await listenPlain(serialPort);
  try {
    const dialog = await openDialog(app);
    await dialog.getByLabel('Address').fill(`tcp://127.0.0.1:${port.port}`);
    await dialog.getByText('Terminal or serial port').click();
    await expect(dialog.getByLabel('Password')).toBeHidden();
    expect(await axeProblems(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    const panel = frontConsole(page);
    await expect(panel.getByRole('toolbar', { name: 'Terminal' })).toBeVisible();
    await typeInto(page, panel, 'hello port');

    await page.keyboard.press('ControlRight');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('>open an address');
    await page.keyboard.press('Enter');
    await expect(dialog).toBeVisible();
    await dialog.getByRole('button', { name: `tcp://127.0.0.1:${port.port} Terminal` }).click();
    await expect(dialog.getByLabel('Address')).toHaveValue(`tcp://127.0.0.1:${port.port}`);
    await dialog.getByRole('button', { name: 'Open console' }).click();
    await expect(page.locator('.dv-tab')).toHaveCount(1);
    await page.reload(); // no cluster is in the list, and its tab is there all the same
    await expect(page.locator('.dv-tab')).toHaveCount(1);
    await typeInto(page, frontConsole(page), 'hello again');
    expect(app.takePageErrors()).toEqual([]);
  } finally {
    port.close();
  }
});

test('it stays where clusters come and go', async ({ app, lab }) => {
  const { page } = app;
  const port = await listenPlain(serialPort);
  try {
    const dialog = await openDialog(app);
    await dialog.getByLabel('Address').fill(`tcp://127.0.0.1:${port.port}`);
    await dialog.getByText('Terminal or serial port').click();
    await page.keyboard.press('Enter');
    const panel = frontConsole(page);
    await typeInto(page, panel, 'before');
    await page.keyboard.press('ControlRight');
    await page.getByRole('button', { name: 'Add a cluster' }).first().click();
    const signIn = page.getByRole('dialog');
    await askAddress(signIn, lab.address);
    await trustCertificate(signIn);
    await typeCredentials(signIn, lab.username, lab.password);
    await submit(signIn);
    await expect(tree(page).getByRole('treeitem').nth(3)).toBeVisible();
    await expect(page.locator('.dv-tab')).toHaveCount(1);
    await typeInto(page, panel, 'behind');
  } finally {
    port.close();
  }
});

test('a screen whose password is missing asks for it and opens in its tab', async ({ app }) => {
  const { page } = app;
  const server = await startPlainVnc(PASSWORD);
  try {
    const dialog = await openDialog(app);
    await dialog.getByLabel('Address').fill(`vnc://127.0.0.1:${server.port}`);
    await page.keyboard.press('Enter');
    const card = page.getByRole('status', { name: 'The console did not open' });
    await expect(card).toContainText('asks for a password');
    expect(server.connectionCount).toBe(1);
    await card.getByRole('button', { name: 'Change address or password' }).click();
    await expect(dialog.getByLabel('Password')).toBeFocused();
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await waitForPicture(frontConsole(page));
    await expect(page.locator('.dv-tab')).toHaveCount(1);
  } finally {
    await server.close();
  }
});

test('a certificate that nobody vouches for is compared first', async ({ app }) => {
  const { page } = app;
  const { cert, key, fingerprint } = testCertificate();
  const port = await listenPlain(serialPort, tls.createServer({ cert, key }));
  try {
    const dialog = await openDialog(app);
    await dialog.getByLabel('Address').fill(`tls://127.0.0.1:${port.port}`);
    await dialog.getByText('Terminal or serial port').click();
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('group', { name: `SHA-256 fingerprint ${fingerprint}` })).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Open console' })).toBeDisabled();
    expect(await axeProblems(page)).toEqual([]);
    await dialog.getByText('It matches. Trust this certificate for this address.').click();
    await dialog.getByRole('button', { name: 'Open console' }).click();
    await typeInto(page, frontConsole(page), 'sealed');
  } finally {
    port.close();
  }
});
