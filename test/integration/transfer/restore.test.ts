import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { keyFileText, newKey } from '../../../electron/lab/pbs/labKeys.ts';
import { CHUNK_BYTES, sampleKey } from '../../../electron/lab/pbs/samples.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { DownloadSource } from '../../../shared/model/transfer.ts';
import { snapshotRef } from '../../../shared/model/backup.ts';
import { defaultSettings } from '../../../shared/model/settings.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { snapshotOf, sumOf } from '../../support/pbsBench.ts';
import { until } from '../../support/until.ts';
import { HOLE_BYTES, IMAGE, IMAGE_BYTES, RestoreBench } from './restoreBench.ts';

checkLeaks();

let dir: string;
let bench: RestoreBench;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-restore-'));
});
afterEach(async () => {
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

const failing = async (work: Promise<unknown>): Promise<AppError> => {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return AppError.from(error);
};

/** So slow that something can happen in the middle. */
const slow = { quirks: { chunkDelayMs: 300 } };
const middle = (id: string) =>
  until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > HOLE_BYTES + 2 * CHUNK_BYTES, 'the middle of it', 20_000);
const beatOften = () => bench.page.call('settings.set', { settings: { ...defaultSettings, readerHeartbeatS: 1 } });
const askedChunks = () => bench.lab.meters.flatMap(({ chunks }) => chunks);

it('restores an image to a file, byte for byte, and says what was made sure of', async () => {
  bench = await RestoreBench.start();
  const path = join(dir, 'disk.img');
  const id = await bench.restore('100', IMAGE, { path });
  expect(await bench.untilState(id, 'done')).toMatchObject({
    ...{ kind: 'restore', name: 'disk.img', doneBytes: IMAGE_BYTES, totalBytes: IMAGE_BYTES, restarts: 0 },
    ...{ verified: ['checksum', 'size'], actions: ['remove'], restore: { path, archive: IMAGE } },
  });
  expect(await sumOf(path)).toBe(bench.sumOf('100', IMAGE));
  expect(readdirSync(dir)).toEqual(['disk.img']);
});

it('goes on where it was after a pause, and asks for nothing twice', async () => {
  bench = await RestoreBench.start(slow);
  const path = join(dir, 'disk.img');
  const id = await bench.restore('100', IMAGE, { path });
  await middle(id);
  await bench.page.call('transfer.pause', { transferId: id });
  await bench.untilState(id, 'paused');
  expect(existsSync(path)).toBe(false);
  const { doneBytes } = bench.transfer(id);
  await bench.page.call('transfer.resume', { transferId: id });
  await bench.untilState(id, 'running', 'done');
  expect(bench.transfer(id).doneBytes).toBeGreaterThanOrEqual(doneBytes);
  await bench.untilState(id, 'done');
  expect(await sumOf(path)).toBe(bench.sumOf('100', IMAGE));
  expect(askedChunks().length - new Set(askedChunks()).size).toBeLessThanOrEqual(4); // those under way at the pause
});

it('goes on behind a restart of the engine, and is never said to be done before it is', async () => {
  bench = await RestoreBench.start(slow);
  const path = join(dir, 'disk.img');
  const id = await bench.restore('100', IMAGE, { path });
  await middle(id);
  await bench.restart();
  expect(existsSync(path)).toBe(false);
  expect(bench.transfer(id).state).not.toBe('done');
  await bench.untilState(id, 'done');
  expect(await sumOf(path)).toBe(bench.sumOf('100', IMAGE));
  expect(readdirSync(dir)).toEqual(['disk.img']);
  expect(askedChunks().length - new Set(askedChunks()).size).toBeLessThanOrEqual(4);
});

it('leaves nothing when it is cancelled, at work or paused', async () => {
  bench = await RestoreBench.start(slow);
  const path = join(dir, 'disk.img');
  const first = await bench.restore('100', IMAGE, { path });
  await middle(first);
  await bench.page.call('transfer.cancel', { transferId: first });
  await bench.untilState(first, 'cancelled');
  await until(() => readdirSync(dir).length === 0, 'its file to be gone');
  const second = await bench.restore('100', IMAGE, { path });
  await middle(second);
  await bench.page.call('transfer.pause', { transferId: second });
  await bench.page.call('transfer.cancel', { transferId: second });
  await bench.untilState(second, 'cancelled');
  await until(() => readdirSync(dir).length === 0, 'the other file to be gone');
  await until(() => bench.lab.tasks.every(({ status }) => status === 'OK'), 'the end of its tasks on the server');
});

it('asks about a file of that name, before and behind the work, and loses neither', async () => {
  bench = await RestoreBench.start(slow);
  const path = join(dir, 'disk.img');
  writeFileSync(path, 'old');
  const id = await bench.restore('100', IMAGE, { path });
  expect(await bench.untilState(id, 'asking')).toMatchObject({
    exists: { sizeBytes: 3 },
    actions: ['answer', 'cancel'],
  });
  await bench.page.call('transfer.answer', { transferId: id, choice: 'rename', filename: 'other.img' });
  await middle(id);
  writeFileSync(join(dir, 'other.img'), 'somebody else was quicker');
  await bench.untilState(id, 'asking');
  const asked = askedChunks().length;
  await bench.page.call('transfer.answer', { transferId: id, choice: 'rename', filename: 'third.img' });
  await bench.untilState(id, 'done');
  expect(askedChunks().length).toBe(asked); // all of it was there: only looked at again
  expect(await sumOf(join(dir, 'third.img'))).toBe(bench.sumOf('100', IMAGE));
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(dir).sort()).toEqual(['disk.img', 'other.img', 'third.img']);
});

it('opens an encrypted one with its key file, and no other; nothing of the key is kept', async () => {
  bench = await RestoreBench.start();
  const path = join(dir, 'disk.img');
  const keyPath = join(dir, 'key.json');
  const wrongPath = join(dir, 'wrong.json');
  writeFileSync(keyPath, keyFileText(sampleKey, 'scrypt', 'open sesame'));
  writeFileSync(wrongPath, keyFileText(newKey(), 'none'));
  expect(await bench.page.call('backup.keyFile', { path: keyPath })).toMatchObject({
    ...{ isLocked: true, hint: 'the name of the lab' },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const without = await bench.restore('200', IMAGE, { path });
  expect((await bench.untilState(without, 'failed')).error).toMatchObject({
    code: 'invalid',
    detail: { needsKey: true },
  });
  const wrong = await bench.restore('200', IMAGE, { path, keyPath: wrongPath });
  expect((await bench.untilState(wrong, 'failed')).error?.message).toMatch(/was made with the key/);
  const bad = await failing(bench.restore('200', IMAGE, { path, keyPath, keyPassword: 'open barley' }));
  expect([bad.code, bad.detail?.['needsPassword']]).toEqual(['invalid', true]);
  expect(readdirSync(dir).sort()).toEqual(['key.json', 'wrong.json']);
  const id = await bench.restore('200', IMAGE, { path, keyPath, keyPassword: 'open sesame' });
  await bench.untilState(id, 'done');
  expect(await sumOf(path)).toBe(bench.sumOf('200', IMAGE));
  const kept = [...bench.documents.texts.values(), ...bench.log.lines].join('\n');
  for (const secret of ['open sesame', sampleKey.secret.toString('base64'), sampleKey.secret.toString('hex')]) {
    expect(kept).not.toContain(secret);
  }
});

it('asks for the password of its key again behind a restart, and goes on', async () => {
  bench = await RestoreBench.start(slow);
  const path = join(dir, 'disk.img');
  const keyPath = join(dir, 'key.json');
  writeFileSync(keyPath, keyFileText(sampleKey, 'pbkdf2', 'open sesame'));
  const id = await bench.restore('200', IMAGE, { path, keyPath, keyPassword: 'open sesame' });
  await until(() => (bench.transfers.get(id)?.doneBytes ?? 0) > CHUNK_BYTES, 'some of it');
  await bench.restart();
  expect(await bench.untilState(id, 'asking')).toMatchObject({
    lockedKey: { path: keyPath },
    actions: ['unlock', 'cancel'],
  });
  const unlock = (password: string) => bench.page.call('transfer.unlock', { transferId: id, password });
  expect((await failing(unlock('open barley'))).message).toMatch(/password of the key file is wrong/);
  expect(bench.transfer(id).state).toBe('asking');
  await unlock('open sesame');
  await bench.untilState(id, 'done');
  expect(await sumOf(path)).toBe(bench.sumOf('200', IMAGE));
});

it('waits for a sign-in where that ended, and goes on with the next', async () => {
  bench = await RestoreBench.start(slow);
  const path = join(dir, 'disk.img');
  await beatOften();
  const id = await bench.restore('100', IMAGE, { path });
  await middle(id);
  await bench.page.call('session.logout', { clusterId: bench.clusterId });
  bench.lab.resetReaders();
  await until(() => bench.transfers.get(id)?.phase === 'Waits until you are signed in', 'the wait', 20_000);
  expect(bench.transfer(id)).toMatchObject({ state: 'queued' });
  await bench.signIn();
  await bench.untilState(id, 'done');
  expect(await sumOf(path)).toBe(bench.sumOf('100', IMAGE));
});

it('counts connections that broke, and a retry goes on with what was there', async () => {
  bench = await RestoreBench.start({ quirks: { resets: { afterBytes: 12 << 20, times: 1 } } });
  await beatOften();
  const path = join(dir, 'disk.img');
  const id = await bench.restore('100', IMAGE, { path });
  await until(() => (bench.transfers.get(id)?.restarts ?? 0) === 1, 'the new connection', 20_000);
  bench.lab.quirks.corruption = 'crc';
  const failed = await bench.untilState(id, 'failed', 'done');
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'protocol' }, actions: ['retry', 'remove'] });
  await until(() => readdirSync(dir).length === 0, 'what is not to be trusted to be gone');
  bench.lab.quirks.corruption = 'none';
  const { transferId } = await bench.page.call('transfer.retry', { transferId: id });
  await bench.untilState(transferId, 'done');
  expect(await sumOf(path)).toBe(bench.sumOf('100', IMAGE));
});

it('keeps to the limit of all transfers', async () => {
  bench = await RestoreBench.start();
  await bench.page.call('transfer.limit', { limits: { parallel: 2, bytesPerSecond: 16 << 20 } });
  const id = await bench.restore('100', IMAGE, { path: join(dir, 'disk.img') });
  const startedMs = performance.now();
  await bench.untilState(id, 'done');
  // 36 MiB are no holes, a quarter of a second goes at once, and timers may be a little early.
  expect(performance.now() - startedMs).toBeGreaterThan(((36 - 4) / 16) * 950);
});

const ref = (id: string) => snapshotRef.parse(snapshotOf(bench.lab, id).ref);

async function download(source: DownloadSource, name: string) {
  const path = join(dir, name);
  const { transferId } = await bench.page.call('transfer.download', { source, path, ifExists: 'ask' });
  await until(() => bench.transfers.has(transferId), 'the transfer in the list');
  return { id: transferId, path };
}

it('downloads what the server decodes, as it is stored, and single files; what broke off is no file', async () => {
  bench = await RestoreBench.start();
  const { clusterId } = bench;
  const archive = { kind: 'backup-archive' as const, clusterId, snapshot: ref('100'), archive: IMAGE };
  const decoded = await download({ ...archive, isDecoded: true, sizeBytes: IMAGE_BYTES }, 'decoded.img');
  expect(await bench.untilState(decoded.id, 'done')).toMatchObject({ verified: ['size'], doneBytes: IMAGE_BYTES });
  expect(await sumOf(decoded.path)).toBe(bench.sumOf('100', IMAGE));
  const stored = await download({ ...archive, isDecoded: false }, 'stored.fidx');
  await bench.untilState(stored.id, 'done');
  expect(readFileSync(stored.path).subarray(0, 4).toString('hex')).toBe('2f7f41ed');
  const entry = { kind: 'backup-entry' as const, clusterId, snapshot: ref('104') };
  const at = (path: string) => Buffer.from(`/root.pxar.didx${path}`).toString('base64');
  const hosts = await download({ ...entry, filepath: at('/etc/hosts'), isFolder: false, sizeBytes: 34 }, 'hosts');
  await bench.untilState(hosts.id, 'done');
  expect(readFileSync(hosts.path, 'utf8')).toBe('127.0.0.1 localhost\n10.0.0.7 mail\n');
  const folder = await download({ ...entry, filepath: at('/etc'), isFolder: true }, 'etc.zip');
  await bench.untilState(folder.id, 'done');
  expect(readFileSync(folder.path).subarray(0, 2).toString()).toBe('PK');
  bench.lab.quirks.cutDownloadAfterBytes = 1_000_000;
  const database = { ...entry, filepath: at('/var/lib/database.bin'), isFolder: false };
  for (const sizeBytes of [undefined, 5 << 20]) {
    const cut = await download({ ...database, ...(sizeBytes !== undefined && { sizeBytes }) }, 'database.bin');
    const failed = await bench.untilState(cut.id, 'failed');
    expect(failed.error?.message).toMatch(/cannot go on in the middle/);
  }
  expect(readdirSync(dir).sort()).toEqual(['decoded.img', 'etc.zip', 'hosts', 'stored.fidx']);
});

it('is refused in the words of the server what may not be read', async () => {
  bench = await RestoreBench.start();
  const nowhere = await bench.restore('100', 'other.img.fidx', { path: join(dir, 'x') });
  expect((await bench.untilState(nowhere, 'failed')).error?.message).toMatch(/no archive other.img.fidx/);
  const source = { kind: 'backup-archive' as const, clusterId: bench.clusterId, snapshot: ref('200'), archive: IMAGE };
  const encrypted = await download({ ...source, isDecoded: true }, 'y');
  expect((await bench.untilState(encrypted.id, 'failed')).error?.message).toMatch(/is encrypted/);
  expect(readdirSync(dir)).toEqual([]);
});
