import type { NodeDoor } from '../../electron/lab/nodeDoors.ts';
import { expect, test } from './fixtures/app.ts';
import { axeProblems } from './fixtures/axe.ts';
import { signIn, tree } from './fixtures/signIn.ts';

test.use({ labOptions: { ownAddresses: true } });

const shot = process.env.SLUICE_SHOTS;

test('another node takes over, and a certificate that changes there stops everything until both were compared', async ({
  app: { page },
  lab,
}) => {
  const [first, second] = lab.nodes as [NodeDoor, NodeDoor];
  await signIn(page, lab);
  const cluster = tree(page).getByRole('treeitem', { level: 1 }).first();
  await expect(cluster).toHaveAccessibleName(/^lab/);
  await cluster.click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Certificate…' }).click();
  const trust = page.getByRole('dialog', { name: 'Certificate of lab' });
  await expect(trust).toContainText('You accepted this certificate');
  await expect(trust.getByRole('region', { name: 'The cluster’s own authority' })).toBeVisible();
  expect(await axeProblems(page)).toEqual([]);
  if (shot) await page.screenshot({ path: `${shot}/trust.png` });
  await page.keyboard.press('Escape');
  await first.stop();
  await expect(cluster).toHaveAccessibleName(/through pve2/);
  if (shot) await page.screenshot({ path: `${shot}/through.png` });
  second.replaceCertificate();
  second.killConnections();
  await expect(cluster).toHaveAccessibleName(/certificate changed/);
  await cluster.dblclick();
  const changed = page.getByRole('dialog', { name: 'The certificate of lab changed' });
  await expect(changed).toContainText(second.address);
  const accept = changed.getByRole('button', { name: 'Trust the new certificate' });
  await expect(accept, 'no one-click way on').toBeDisabled();
  expect(await axeProblems(page)).toEqual([]);
  if (shot) await page.screenshot({ path: `${shot}/changed.png` });
  await changed.getByText('The new one matches the node.').click();
  await accept.click();
  await expect(cluster).toHaveAccessibleName(/through pve2/);
});
