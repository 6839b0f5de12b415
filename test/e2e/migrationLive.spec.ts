// A live migration of a real guest, as a person follows it in the monitor: stalled on its way, then finished.
import type { GuestBackend } from '../../electron/lab/guestBackend.ts';
import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';
import { prepareQemu } from '../../electron/lab/qemu/qemuSupport.ts';
import { expect, test } from './fixtures/app.ts';
import { focusTerminal, openTerminal, terminalText } from './fixtures/consoles.ts';
import { guestRow, signIn } from './fixtures/signIn.ts';
import { StallingDoor } from '../support/stallingDoor.ts';

const MIB = 1 << 20;
const GUEST = { name: 'linux-qemu', vmid: 100 };
const BOOT_MS = 60_000;
const STALL_MS = 60_000; // it is called one after 10 s without a move; later where the machine was slow before
let door: StallingDoor | undefined;
let qemu: GuestBackend | undefined;

// QEMU's own emulation may lose a page that is written while it is sent: see test/peers/migrationMonitor.test.ts.
test.describe.configure({ retries: 2 });

test.use({
  labOptions: {
    life: false,
    quirks: { taskPace: 8, migrationBytesPerSecond: 6 * MIB },
    createBackend: async ({ vmid, name }) => {
      if (vmid === GUEST.vmid) qemu = (await prepareQemu())?.createGuest({ vmid, name });
      return (vmid === GUEST.vmid ? qemu : undefined) ?? createEmbeddedGuest({ vmid, name });
    },
    migrationVia: async (port) => {
      door = await StallingDoor.open(port, 24 * MIB);
      return door.port;
    },
  },
});

test('a real guest that stalls on its way says so, in row, details and a notice, and finishes as itself', async ({
  app: { page, kind },
  lab,
}) => {
  test.skip(kind !== 'chromium', 'the page is the same in the shell');
  test.setTimeout(240_000);
  await signIn(page, lab);
  const panel = await openTerminal(page, GUEST.name);
  await expect(panel.locator('.xterm')).toBeVisible();
  await expect.poll(() => lab.consoles.length, { timeout: BOOT_MS }).toBeGreaterThan(0); // it was made for it
  test.skip(qemu === undefined, 'QEMU is not installed');
  const text = () => terminalText(page, panel);
  await focusTerminal(panel);
  const wake = async () => {
    await page.keyboard.press('Enter');
    return await text();
  };
  await expect.poll(wake, { timeout: BOOT_MS, intervals: [500] }).toContain('login:');
  await page.keyboard.type('root\n');
  await expect.poll(text, { timeout: BOOT_MS }).toMatch(/#\s*$/);
  await page.keyboard.type('dd if=/dev/urandom of=/run/kept bs=1M count=56 2>/dev/null; echo filled-$((6*7))\n');
  await expect.poll(text, { timeout: BOOT_MS }).toContain('filled-42');
  await page.keyboard.type(
    'while :; do dd if=/dev/urandom of=/run/dirty bs=1M count=4 conv=notrunc; sleep 3; done 2>/dev/null &\n',
  );

  await page.keyboard.press('ControlRight');
  await page.keyboard.press('Control+Shift+M');
  const list = page.getByRole('grid', { name: 'All tasks' });
  await guestRow(page, GUEST.name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Migrate…', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Migrate ${GUEST.name}` });
  await dialog.getByRole('radio', { disabled: false }).first().check();
  await dialog.getByRole('button', { name: 'Review' }).click();
  await dialog.getByRole('button', { name: 'Start the migration' }).click();
  await expect(dialog).toBeHidden();

  const row = list.getByRole('row', { name: new RegExp(`^Migrate ${GUEST.name}`) }).first();
  await expect(row).toContainText('Moving memory', { timeout: BOOT_MS });
  await row.click();
  const details = page.getByRole('complementary', { name: new RegExp(`Details of Migrate ${GUEST.name}`) }).first();
  await expect(details).toContainText(/Should finish: the link carries \d/);
  await page.screenshot({ path: test.info().outputPath('moving.png') });

  await expect.poll(() => door?.isStalled, { timeout: BOOT_MS }).toBe(true);
  await expect(row).toContainText('nothing has moved for', { timeout: STALL_MS });
  await expect(row).toContainText('stalled since');
  const truth = await qemu?.ask?.('query-migrate');
  const { ram } = truth as { ram: { transferred: number; total: number } };
  const shown = await details.innerText();
  test.info().annotations.push({ type: 'memory', description: `QEMU: ${ram.transferred}; ${shown}` });
  const toDoMib = Number(/([\d.]+) MiB to do/.exec(shown.replaceAll('\n', ' '))?.[1]);
  expect(Math.abs(toDoMib - (ram.total - ram.transferred) / MIB)).toBeLessThanOrEqual(1);
  await expect(page.getByText(`Migration of ${GUEST.name} stands still`).first()).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('stalled.png') });

  door?.goOn();
  await expect(row).toContainText('Finished', { timeout: 120_000 });
  await expect(details).toContainText('TASK OK');
  await expect(details).toContainText(/The guest stood still for \d/);
  await page.screenshot({ path: test.info().outputPath('finished.png') });
  await door?.close();

  const after = await openTerminal(page, GUEST.name);
  await focusTerminal(after);
  const answer = async () => {
    await focusTerminal(after); // reading its text took the keys
    await page.keyboard.type('echo alive-$((6*7))\n');
    return await terminalText(page, after);
  };
  await expect.poll(answer, { timeout: BOOT_MS, intervals: [2000] }).toContain('alive-42');
});
