// A guest moves between two clusters over a bridge through this program, as a person does it and sees it.
import type { Locator, Page } from '@playwright/test';

import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';
import { type Lab, startLab } from '../../electron/lab/lab.ts';
import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { askAddress, signIn, submit, trustCertificate, typeCredentials } from './fixtures/signIn.ts';

const CONNECTIONS = 21; // one for the memory, twenty for disks
const quirks = { taskPace: 50, authDelayMs: 0, resourcesLagMs: 0 };

test.use({
  labOptions: {
    ...{ name: 'here', life: false, qemu: false },
    quirks: { ...quirks, remoteStreams: CONNECTIONS, remoteStreamBytes: 512 << 10, remoteBytesPerSecond: 1_000 },
  },
});

const streamsOf = (streams: readonly { bytes: number; sha256: string | undefined }[]) =>
  streams.map(({ bytes, sha256 }) => `${bytes} ${sha256}`).sort();

async function addCluster(page: Page, lab: Lab): Promise<void> {
  await page.getByRole('button', { name: 'Add a cluster' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add a cluster' });
  await askAddress(dialog, lab.address);
  await trustCertificate(dialog);
  await typeCredentials(dialog, lab.username, lab.password);
  await submit(dialog);
  await expect(dialog).toBeHidden();
}

/** Chooses what the dialog does not know by itself, and reads what will happen. */
async function fillIn(page: Page, dialog: Locator): Promise<void> {
  await dialog.getByText(/^Through this computer/).click();
  await dialog.getByLabel(/Address of this computer/).fill('127.0.0.1');
  await dialog.getByLabel('Who may connect').fill('127.0.0.1');
  await dialog.getByText('Remove it here once it runs there').click();
  expect(await axeProblems(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Review' }).click();
  const steps = dialog.getByRole('list', { name: 'What will happen' });
  await expect(steps).toContainText('listens on 127.0.0.1');
  await page.screenshot({ path: test.info().outputPath('summary.png') });
}

test('a guest goes to another cluster over the bridge: TLS end to end, meters beside the task, closed behind it', async ({
  app: { page },
  lab,
}) => {
  const target = await startLab({
    ...{ name: 'there', life: false, quirks },
    createBackend: ({ vmid, name }) => Promise.resolve(createEmbeddedGuest({ vmid, name })),
  });
  try {
    await signIn(page, lab);
    await addCluster(page, target);
    const guests = page.getByRole('treeitem', { name: /^web-frontend\b/ });
    await expect(guests).toHaveCount(2);
    await guests.first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Migrate to another cluster…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Migrate web-frontend to another cluster' });
    await fillIn(page, dialog);
    await dialog.getByRole('button', { name: 'Start the migration' }).click();
    await expect(dialog).toBeHidden();

    const row = page.getByRole('grid', { name: 'All tasks' }).getByRole('row', { name: /^Migrate web-frontend/ });
    await expect(row).toHaveCount(1); // the server's task and our transfer are one
    const bridge = page.getByRole('region', { name: 'Bridge through this computer' }).first();
    await expect(bridge).toContainText(/2\d connections/, { timeout: 30_000 });
    await expect(bridge).toContainText('for 127.0.0.1 only');
    await expect(bridge).toContainText('held here');
    const open = target.receivedStreams.filter(({ isOpen }) => isOpen).length;
    expect(open).toBeGreaterThanOrEqual(20);
    await page.screenshot({ path: test.info().outputPath('bridge.png') });

    lab.quirks.remoteBytesPerSecond = 0;
    await expect(row).toHaveAccessibleName(/finished/, { timeout: 30_000 });
    expect(target.receivedStreams).toHaveLength(CONNECTIONS);
    expect(streamsOf(target.receivedStreams)).toEqual(streamsOf(lab.sentStreams)); // each through TLS that nobody opened
    await expect(bridge).toContainText('0 connections');
    await expect.poll(() => target.tokensOf('root@pam')).toEqual(['lab']);
    await expect(guests).toHaveCount(2); // one of them under its new number
    expect(lab.guests.has(101)).toBe(false);
  } finally {
    await target.close();
  }
});
