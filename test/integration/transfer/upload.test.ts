import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { FileReading } from '../../../electron/engine/deps.ts';
import { localFiles } from '../../../electron/engine/transfer/fileSource.ts';
import type { UploadRequest } from '../../../shared/model/transfer.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { failureOf } from '../../support/engineBench.ts';
import { until } from '../../support/until.ts';
import { TransferBench } from './transferBench.ts';

checkLeaks();

let dir: string;
let bench: TransferBench;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-upload-'));
});
afterEach(async () => {
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function fileOf(bytes: Uint8Array, name = 'image.iso'): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}

const wish = (path: string, more: Partial<UploadRequest> = {}): UploadRequest => ({
  clusterId: bench.clusterId,
  node: 'pve1',
  storage: 'nas',
  content: 'iso',
  path,
  checksum: { kind: 'none' },
  ifExists: 'ask',
  ...more,
});

it('sends a file so that the server has every byte of it, and says done when the listing says so', async () => {
  bench = await TransferBench.start();
  const bytes = randomBytes(5_000_001);
  const path = fileOf(bytes);
  const id = await bench.upload(wish(path, { checksum: { kind: 'compute', algorithm: 'sha256' } }));
  await bench.untilState(id, 'done');
  expect(bench.transfer(id)).toMatchObject({
    doneBytes: bytes.length,
    totalBytes: bytes.length,
    restarts: 0,
    verified: ['task', 'size', 'checksum'],
    checksum: { algorithm: 'sha256', value: sha256(bytes) },
  });
  expect(bench.lab.stored('nas:iso/image.iso')).toMatchObject({ size: bytes.length, sha256: sha256(bytes) });
});

it('asks about a file of that name, and replaces it, renames the new one or leaves it as it was told', async () => {
  bench = await TransferBench.start();
  const first = await bench.upload(wish(fileOf(Buffer.from('first'))));
  await bench.untilState(first, 'done');
  const path = fileOf(Buffer.from('second one'));

  const renamed = await bench.upload(wish(path));
  const asked = await bench.untilState(renamed, 'asking');
  expect(asked).toMatchObject({ exists: { name: 'image.iso', sizeBytes: 5 }, actions: ['answer', 'cancel'] });
  const wrong = bench.call('transfer.answer', { transferId: renamed, choice: 'rename', filename: 'no ending' });
  expect(await failureOf(wrong)).toMatchObject({ code: 'invalid' });
  await bench.call('transfer.answer', { transferId: renamed, choice: 'rename', filename: 'öther.iso' });
  await bench.untilState(renamed, 'done');
  expect(bench.lab.stored('nas:iso/_ther.iso')?.size).toBe(10);

  const skipped = await bench.upload(wish(path));
  await bench.untilState(skipped, 'asking');
  await bench.call('transfer.answer', { transferId: skipped, choice: 'skip' });
  await bench.untilState(skipped, 'skipped');
  expect(bench.lab.stored('nas:iso/image.iso')?.size).toBe(5);

  const replaced = await bench.upload(wish(path));
  await bench.untilState(replaced, 'asking');
  await bench.call('transfer.answer', { transferId: replaced, choice: 'replace' });
  await bench.untilState(replaced, 'done');
  expect(bench.lab.stored('nas:iso/image.iso')?.size).toBe(10);
});

it('an upload that waits for an answer does not hold up the next', async () => {
  bench = await TransferBench.start();
  await bench.call('transfer.limit', { limits: { parallel: 1, bytesPerSecond: 0 } });
  const path = fileOf(Buffer.from('data'));
  await bench.untilState(await bench.upload(wish(path)), 'done');
  const asking = await bench.upload(wish(path));
  const other = await bench.upload(wish(path, { filename: 'other.iso' }));
  await bench.untilState(other, 'done');
  expect(bench.transfer(asking).state).toBe('asking');
});

it('says what the server checked where the given checksum is another one, and nothing is stored', async () => {
  bench = await TransferBench.start();
  const checksum = { kind: 'given', algorithm: 'sha256', value: 'a'.repeat(64) } as const;
  const id = await bench.upload(wish(fileOf(randomBytes(100_000)), { checksum }));
  const failed = await bench.untilState(id, 'failed');
  expect(failed.error?.code).toBe('server');
  expect(failed.error?.message).toContain('checksum mismatch');
  expect(bench.lab.stored('nas:iso/image.iso')).toBeUndefined();
  const short = { kind: 'given', algorithm: 'sha512', value: 'a'.repeat(64) } as const;
  expect(await failureOf(bench.call('transfer.upload', wish(fileOf(Buffer.of(1)), { checksum: short })))).toMatchObject(
    {
      code: 'invalid',
    },
  );
});

it('reads an error that comes while it sends, and does not try again by itself', async () => {
  bench = await TransferBench.start({ as: 'auditor', quirks: { uploadBytesPerSecond: 20_000_000 } });
  const size = 60 << 20;
  const id = await bench.upload(wish(fileOf(Buffer.alloc(size)), { ifExists: 'replace' }));
  const failed = await bench.untilState(id, 'failed');
  expect(failed.error?.code).toBe('forbidden');
  expect(failed.error?.message).toContain('Datastore.AllocateTemplate');
  expect(failed.restarts).toBe(0);
  expect(failed.doneBytes).toBeLessThan(size);
});

it('leaves no connection behind where the sign-in ends while it connects', async () => {
  bench = await TransferBench.start();
  const path = fileOf(Buffer.alloc(1 << 20));
  bench.lab.invalidateTickets();
  const id = await bench.upload(wish(path, { ifExists: 'replace' }));
  const failed = await bench.untilState(id, 'failed');
  expect(failed.error).toMatchObject({ code: 'session-expired', retry: 'after-login' });
});

it('says in the words of the server why it did not take a file', async () => {
  bench = await TransferBench.start();
  const id = await bench.upload(wish(fileOf(Buffer.of(1)), { storage: 'nowhere', ifExists: 'replace' }));
  const failed = await bench.untilState(id, 'failed');
  expect(failed.error?.code).toBe('server');
  expect(failed.error?.message).toContain('nowhere');
});

it('begins again where the connection broke in the middle, and the server has it once and whole', async () => {
  bench = await TransferBench.start({ quirks: { uploadBytesPerSecond: 30_000_000 } });
  const bytes = randomBytes(12 << 20);
  const id = await bench.upload(wish(fileOf(bytes)));
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > 3 << 20);
  bench.lab.killConnections({ reset: true });
  bench.lab.quirks.uploadBytesPerSecond = 0;
  const done = await bench.untilState(id, 'done');
  expect(done).toMatchObject({ restarts: 1, doneBytes: bytes.length });
  expect(bench.lab.stored('nas:iso/image.iso')?.sha256).toBe(sha256(bytes));
});

it('a pause ends the connection, and going on sends it from the start', async () => {
  bench = await TransferBench.start({ quirks: { uploadBytesPerSecond: 30_000_000 } });
  const bytes = randomBytes(12 << 20);
  const id = await bench.upload(wish(fileOf(bytes)));
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > 2 << 20);
  await bench.call('transfer.pause', { transferId: id });
  expect(await bench.untilState(id, 'paused')).toMatchObject({ actions: ['resume', 'cancel'] });
  const uploads = () => bench.lab.requests.filter(({ path }) => path.endsWith('/upload')).length;
  expect(uploads()).toBe(1);
  bench.lab.quirks.uploadBytesPerSecond = 0;
  await bench.call('transfer.resume', { transferId: id });
  await bench.untilState(id, 'done');
  expect(uploads()).toBe(2);
  expect(bench.lab.stored('nas:iso/image.iso')?.sha256).toBe(sha256(bytes));
});

it('a cancelled one is over at once, stores nothing, and may be started again', async () => {
  bench = await TransferBench.start({ quirks: { uploadBytesPerSecond: 10_000_000 } });
  const id = await bench.upload(wish(fileOf(Buffer.alloc(12 << 20))));
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > 0);
  await bench.call('transfer.cancel', { transferId: id });
  await bench.untilState(id, 'cancelled');
  expect(bench.lab.stored('nas:iso/image.iso')).toBeUndefined();
  bench.lab.quirks.uploadBytesPerSecond = 0;
  const { transferId } = await bench.call('transfer.retry', { transferId: id });
  expect((await bench.untilState(transferId, 'done')).retryOf).toBe(id);
  expect(bench.transfers.has(id)).toBe(false);
});

it('waits in the queue above the limit, and holds all together to the bytes a second', async () => {
  bench = await TransferBench.start();
  await bench.call('transfer.limit', { limits: { parallel: 2, bytesPerSecond: 4_000_000 } });
  const path = fileOf(randomBytes(2_000_000));
  const startedMs = performance.now();
  const ids = await Promise.all(['a', 'b', 'c'].map((name) => bench.upload(wish(path, { filename: `${name}.iso` }))));
  let most = 0;
  await until(
    () => {
      const states = ids.map((id) => bench.transfers.get(id)?.state);
      most = Math.max(most, states.filter((state) => state === 'running').length);
      return states.every((state) => state === 'done');
    },
    'all three',
    20_000,
  );
  expect(most).toBeLessThanOrEqual(2);
  expect(performance.now() - startedMs).toBeGreaterThan(1_000); // 6 MB at 4 MB/s, less what may go in a burst
});

it('tells at most four times a second how far it is', async () => {
  bench = await TransferBench.start({ quirks: { uploadBytesPerSecond: 8_000_000 } });
  const startedMs = performance.now();
  const before = bench.changes;
  const id = await bench.upload(wish(fileOf(Buffer.alloc(10 << 20))));
  await bench.untilState(id, 'done');
  const seconds = (performance.now() - startedMs) / 1000;
  expect(bench.changes - before).toBeLessThanOrEqual(4 * seconds + 3);
});

it('a file that gives nothing for 8 s begins again from the start and still arrives whole', async () => {
  const bytes = randomBytes(6 << 20);
  let reads = 0;
  const files: FileReading = {
    ...localFiles,
    open: async (path) => {
      const file = await localFiles.open(path);
      return {
        close: () => file.close(),
        read: async (buffer, position) => {
          reads += 1;
          if (reads === 3) await new Promise((resolve) => setTimeout(resolve, 8_000));
          return await file.read(buffer, position);
        },
      };
    },
  };
  bench = await TransferBench.start({ deps: { files } });
  const id = await bench.upload(wish(fileOf(bytes)));
  const done = await bench.untilState(id, 'done');
  expect(done).toMatchObject({ restarts: 1, doneBytes: bytes.length });
  expect(done.restartReason).toContain('4 s');
  expect(bench.lab.requests.filter(({ path }) => path.endsWith('/upload'))).toHaveLength(2);
  expect(bench.lab.stored('nas:iso/image.iso')?.sha256).toBe(sha256(bytes));
});

it('one that was running when the engine ended is interrupted, never done, and starts again when asked', async () => {
  bench = await TransferBench.start({ quirks: { uploadBytesPerSecond: 10_000_000 } });
  const id = await bench.upload(wish(fileOf(Buffer.alloc(12 << 20))));
  const waits = await bench.upload(wish(fileOf(Buffer.from('later'), 'later.iso')));
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > 0);
  await bench.restart();
  expect(bench.transfer(id)).toMatchObject({ state: 'interrupted', actions: ['retry', 'remove'] });
  bench.lab.quirks.uploadBytesPerSecond = 0;
  await bench.untilState(waits, 'done', 'interrupted');
  const { transferId } = await bench.call('transfer.retry', { transferId: id });
  await bench.untilState(transferId, 'done');
  expect(bench.lab.stored('nas:iso/image.iso')?.size).toBe(12 << 20);
});

it('one that the server was copying when the engine ended is followed to its end', async () => {
  bench = await TransferBench.start({ quirks: { taskPace: 0.2 } });
  const id = await bench.upload(wish(fileOf(Buffer.from('data'))));
  await bench.untilState(id, 'verifying');
  await bench.restart();
  expect(bench.transfer(id).state).toBe('verifying');
  bench.lab.quirks.taskPace = 50;
  await bench.untilState(id, 'done');
});

it('takes no file that is none, and no name that the server would refuse after all of it', async () => {
  bench = await TransferBench.start();
  expect(await failureOf(bench.call('transfer.upload', wish(dir, { filename: 'x.iso' })))).toMatchObject({
    code: 'invalid',
  });
  expect(await failureOf(bench.call('transfer.upload', wish(join(dir, 'none.iso'))))).toMatchObject({
    code: 'not-found',
  });
  const text = fileOf(Buffer.of(1), 'notes.txt');
  expect(await failureOf(bench.call('transfer.upload', wish(text)))).toMatchObject({ code: 'invalid' });
  expect(await bench.call('transfer.file', { path: text })).toEqual({
    path: text,
    sizeBytes: 1,
    filename: 'notes.txt',
  });
  const { targets } = await bench.call('transfer.targets', { clusterId: bench.clusterId });
  expect(targets).toContainEqual(
    expect.objectContaining({ node: 'pve2', storage: 'local', content: ['iso', 'vztmpl', 'import'] }),
  );
});

it('what waits for a cluster that is forgotten is cancelled', async () => {
  bench = await TransferBench.start();
  await bench.call('transfer.limit', { limits: { parallel: 1, bytesPerSecond: 20_000 } });
  const running = await bench.upload(wish(fileOf(Buffer.alloc(1 << 20))));
  const waiting = await bench.upload(wish(fileOf(Buffer.alloc(10), 'other.iso')));
  await bench.untilState(running, 'running');
  await bench.call('cluster.forget', { clusterId: bench.clusterId });
  await bench.untilState(running, 'cancelled');
  await bench.untilState(waiting, 'cancelled');
});

it('sends a file of nothing, and one as large as what is read at once, without a byte too many', async () => {
  bench = await TransferBench.start();
  for (const size of [0, 1 << 20, (1 << 20) + 1]) {
    const bytes = randomBytes(size);
    const filename = `of-${size}.iso`;
    const checksum = { kind: 'compute', algorithm: 'md5' } as const;
    await bench.untilState(await bench.upload(wish(fileOf(bytes), { filename, checksum })), 'done');
    expect(bench.lab.stored(`nas:iso/${filename}`)).toMatchObject({ size, sha256: sha256(bytes) });
  }
});

it('notices a file that is changed while it is sent, and does not call it done', async () => {
  bench = await TransferBench.start({ quirks: { uploadBytesPerSecond: 10_000_000 } });
  const path = fileOf(Buffer.alloc(12 << 20));
  const id = await bench.upload(wish(path));
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > 0);
  writeFileSync(path, Buffer.alloc(1 << 20));
  bench.lab.quirks.uploadBytesPerSecond = 0;
  expect((await bench.untilState(id, 'failed')).error?.message).toContain('was changed');
  expect(bench.lab.stored('nas:iso/image.iso')).toBeUndefined();
});

it('holds 500 that wait, and refuses the next', async () => {
  bench = await TransferBench.start();
  await bench.call('transfer.limit', { limits: { parallel: 2, bytesPerSecond: 5_000 } });
  const path = fileOf(Buffer.alloc(1 << 20));
  const wishes = Array.from({ length: 500 }, (_, n) => wish(path, { filename: `${n}.iso`, ifExists: 'replace' }));
  for (const one of wishes) await bench.call('transfer.upload', one);
  expect(await failureOf(bench.call('transfer.upload', wish(path)))).toMatchObject({ code: 'limit' });
  const { transfers } = await bench.call('transfer.list', {});
  expect(transfers).toHaveLength(500);
  expect(transfers.filter(({ state }) => state !== 'queued').map(({ name }) => name)).toEqual(['0.iso', '1.iso']);
});
