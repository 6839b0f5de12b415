import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { DownloadRequest } from '../../../shared/model/transfer.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { TransferBench } from './transferBench.ts';

checkLeaks();

let dir: string;
let bench: TransferBench;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-download-'));
});
afterEach(async () => {
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

const BIG_BYTES = 5 << 20;

async function download(request: Omit<DownloadRequest, 'ifExists'> & { ifExists?: DownloadRequest['ifExists'] }) {
  const { transferId } = await bench.call('transfer.download', { ifExists: 'ask', ...request });
  await until(() => bench.transfers.has(transferId), 'the transfer in the list');
  return transferId;
}

const restore = (path: string, sizeBytes?: number) => ({
  kind: 'file-restore' as const,
  clusterId: bench.clusterId,
  node: 'pve1',
  storage: 'pbs',
  volume: 'pbs:backup/vm/101/2026-03-01T10:15:00Z',
  filepath: Buffer.from(path).toString('base64'),
  isFolder: sizeBytes === undefined,
  ...(sizeBytes !== undefined && { sizeBytes }),
});

it('saves the whole log of a task, page by page', async () => {
  bench = await TransferBench.start({ life: true });
  await until(() => bench.lab.tasks.some((task) => !task.isRunning && task.lines.length > 5));
  const task = bench.lab.tasks.find((one) => !one.isRunning && one.lines.length > 5);
  const path = join(dir, 'task.log');
  const source = { kind: 'task-log' as const, clusterId: bench.clusterId, upid: task?.upid ?? '' };
  const id = await download({ source, path });
  await bench.untilState(id, 'done');
  expect(readFileSync(path, 'utf8')).toBe(`${task?.lines.join('\n')}\n`);
  expect(readdirSync(dir)).toEqual(['task.log']);
});

it('restores a file out of a backup, and says done when size and task are right', async () => {
  bench = await TransferBench.start({ hasBackupStorage: true });
  const path = join(dir, 'database.bin');
  const id = await download({ source: restore('/var/database.bin', BIG_BYTES), path });
  expect(await bench.untilState(id, 'done')).toMatchObject({ doneBytes: BIG_BYTES, verified: ['task', 'size'] });
  const bytes = readFileSync(path);
  expect([bytes.length, bytes.readUInt32LE(4096 * 700)]).toEqual([BIG_BYTES, 4096 * 700]);
});

it('one that broke off is failed, leaves nothing, and says that it cannot go on in the middle', async () => {
  bench = await TransferBench.start({ hasBackupStorage: true, quirks: { restoreBreaksOff: true } });
  const id = await download({ source: restore('/var/database.bin', BIG_BYTES), path: join(dir, 'database.bin') });
  const failed = await bench.untilState(id, 'failed');
  expect(failed.error?.message).toContain('cannot go on in the middle');
  expect(readdirSync(dir)).toEqual([]);
  const folder = await download({ source: restore('/etc'), path: join(dir, 'etc.zip') });
  expect((await bench.untilState(folder, 'failed')).error?.message).toContain('connection reset'); // by the task alone
  expect(readdirSync(dir)).toEqual([]);
});

it('asks about a file of that name, and never writes through it before all is there', async () => {
  bench = await TransferBench.start({ hasBackupStorage: true });
  const path = join(dir, 'hostname');
  writeFileSync(path, 'old');
  const id = await download({ source: restore('/etc/hostname', 13), path });
  expect(await bench.untilState(id, 'asking')).toMatchObject({ exists: { name: 'hostname', sizeBytes: 3 } });
  expect(readFileSync(path, 'utf8')).toBe('old');
  await bench.call('transfer.answer', { transferId: id, choice: 'rename', filename: 'hostname.2' });
  await bench.untilState(id, 'done');
  expect(readFileSync(join(dir, 'hostname.2')).length).toBe(13);
  const other = await download({ source: restore('/etc/hostname', 13), path });
  await bench.untilState(other, 'asking');
  await bench.call('transfer.answer', { transferId: other, choice: 'replace' });
  await bench.untilState(other, 'done');
  expect(readFileSync(path).length).toBe(13);
});

it('one that was running when the engine ended is interrupted, and its half is gone', async () => {
  bench = await TransferBench.start({ hasBackupStorage: true });
  await bench.call('transfer.limit', { limits: { parallel: 1, bytesPerSecond: 300_000 } });
  const path = join(dir, 'database.bin');
  const id = await download({ source: restore('/var/database.bin', BIG_BYTES), path });
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > 0);
  expect(existsSync(path)).toBe(false);
  await bench.restart();
  expect(bench.transfer(id)).toMatchObject({ state: 'interrupted', actions: ['retry', 'remove'] });
  expect(readdirSync(dir)).toEqual([]);
  await bench.call('transfer.limit', { limits: { parallel: 1, bytesPerSecond: 0 } });
  const { transferId } = await bench.call('transfer.retry', { transferId: id });
  await bench.untilState(transferId, 'done');
  expect(readFileSync(path).length).toBe(BIG_BYTES);
});

it('says what is wrong with the place', async () => {
  bench = await TransferBench.start({ hasBackupStorage: true });
  const nowhere = await download({ source: restore('/etc/hostname', 13), path: join(dir, 'none', 'x') });
  expect((await bench.untilState(nowhere, 'failed')).error?.code).toBe('not-found');
  const folder = await download({ source: restore('/etc/hostname', 13), path: dir });
  expect((await bench.untilState(folder, 'failed')).error?.code).toBe('invalid');
});
