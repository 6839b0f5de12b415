import { afterEach, beforeEach, expect, it } from 'vitest';

import { failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { TransferBench } from './transferBench.ts';

checkLeaks();

let bench: TransferBench;
beforeEach(async () => {
  bench = await TransferBench.start({ hasBackupStorage: true });
});
afterEach(() => bench.close());

it('lists the backups of a guest that files can be taken out of, and what lies in them', async () => {
  const guest = { clusterId: bench.clusterId, guestId: 'qemu/101' };
  expect(await bench.call('transfer.guestBackups', guest)).toEqual({ backups: [] });
  for (const storage of ['pbs', 'nas']) {
    const { upid } = await bench.call('guest.backup', { ...guest, plan: { storage, mode: 'snapshot' } });
    await until(() => bench.state.tasks.get(upid)?.state === 'ok', 'the backup', 20_000);
  }
  const { backups } = await bench.call('transfer.guestBackups', guest);
  expect(backups).toHaveLength(1); // out of an archive in a file nothing can be taken
  const [backup] = backups;
  expect(backup).toMatchObject({ node: 'pve1', storage: 'pbs', isEncrypted: false });
  expect(backup?.volume).toMatch(/^pbs:backup\//);

  const place = { clusterId: bench.clusterId, node: 'pve1', storage: 'pbs', volume: backup?.volume ?? '' };
  const top = await bench.call('transfer.backedUpFiles', { ...place, filepath: '/' });
  expect(top.files.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['folder etc', 'folder var']);
  const below = await bench.call('transfer.backedUpFiles', { ...place, filepath: top.files.at(1)?.filepath ?? '' });
  expect(below.files).toMatchObject([{ name: 'database.bin', kind: 'file', sizeBytes: 5 << 20 }]);
  const wrong = await failureOf(bench.call('transfer.backedUpFiles', { ...place, storage: 'nas', filepath: '/' }));
  expect(wrong.message).toContain('not a PBS storage');
});
