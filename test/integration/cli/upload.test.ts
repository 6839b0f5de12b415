import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { barOf, sentenceOf } from '../../../electron/cli/upload/transferReport.ts';
import { readUploadArguments } from '../../../electron/cli/upload/uploadArguments.ts';
import { runUpload } from '../../../electron/cli/upload/uploadCommand.ts';
import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import type { Transfer } from '../../../shared/model/transfer.ts';
import { until } from '../../support/until.ts';

let lab: Lab;
let dir: string;
beforeEach(async () => {
  lab = await startLab({ life: false, quirks: { authDelayMs: 0, resourcesLagMs: 0, taskPace: 50 } });
  dir = mkdtempSync(join(tmpdir(), 'sluice-upload-'));
  writeFileSync(join(dir, 'token'), lab.apiToken.replace('PVEAPIToken=', ''), { mode: 0o600 });
  writeFileSync(join(dir, 'image.iso'), Buffer.alloc(3_000_000, 7));
});
afterEach(async () => {
  await lab.close();
  rmSync(dir, { recursive: true });
});

const server = () => ['--url', lab.baseUrl, '--fingerprint', lab.fingerprint, '--token-file', join(dir, 'token')];

async function ran(words: readonly string[], outer?: AbortSignal) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (line: string) => out.push(line), err: (line: string) => err.push(line) };
  const code = await runUpload(['upload', ...words, ...server(), '--json'], io, outer);
  return {
    code,
    err,
    events: out.map((line) => JSON.parse(line) as Partial<Transfer> & { progress?: number; status?: string }),
  };
}

it('uploads, tells how far it is in lines of JSON, and ends with 0 only when it is there', async () => {
  const { code, events } = await ran([join(dir, 'image.iso'), 'nas']);
  expect(code).toBe(0);
  expect(events.at(-1)).toMatchObject({
    event: 'task',
    type: 'upload',
    status: 'done',
    progress: 1,
    verified: ['task', 'size', 'checksum'],
  });
  expect(lab.stored('nas:iso/image.iso')?.size).toBe(3_000_000);
});

it('ends with 1 and says why where one of that name is there, and replaces it when told to', async () => {
  const file = join(dir, 'image.iso');
  expect((await ran([file, 'nas', '--name', 'one.iso'])).code).toBe(0);
  expect((await ran([file, 'nas', '--name', 'one.iso'])).code).toBe(1);
  expect((await ran([file, 'nas', '--name', 'one.iso', '--skip-existing'])).code).toBe(0);
  expect((await ran([file, 'nas', '--name', 'one.iso', '--replace'])).code).toBe(0);
});

it('ends with 1 where the sum is another, where the storage is not there, and where it is told to stop', async () => {
  const file = join(dir, 'image.iso');
  expect((await ran([file, 'nas', '--checksum', `sha256:${'0'.repeat(64)}`])).code).toBe(1);
  expect((await ran([file, 'nowhere'])).code).toBe(1);
  expect((await ran([file, 'local'])).code).toBe(1); // on both nodes, and not said on which
  lab.quirks.uploadBytesPerSecond = 100_000;
  const end = new AbortController();
  const stopped = ran([file, 'local', '--node', 'pve2'], end.signal);
  await until(() => lab.requests.some(({ path }) => path.endsWith('/upload')));
  end.abort();
  expect((await stopped).code).toBe(1);
  expect(lab.stored('local:iso/image.iso')).toBeUndefined();
});

it.each([
  [['x.iso'], /needs a file/],
  [['x.iso', 'nas'], /CLUSTER:STORAGE/],
  [['x.iso', 'a:b', '--cluster', 'c'], /storage alone/],
  [['x.iso', 'c:nas', '--checksum', 'crc32'], /takes md5/],
  [['x.iso', 'c:nas', '--content', 'disk'], /iso, vztmpl or import/],
  [['x.iso', 'c:nas', '--replace', '--skip-existing'], /exclude/],
  [['x.iso', 'c:nas', '--limit', 'fast'], /number of bytes/],
])('refuses %j', async (words, reason) => {
  expect(() => readUploadArguments(words)).toThrow(reason);
  expect(await runUpload(['upload', ...words], { out: () => {}, err: () => {} })).toBe(2);
});

it('parts cluster and storage at the last colon', () => {
  expect(readUploadArguments(['x.iso', '10.0.0.1:8006:nas'])).toMatchObject({
    where: { cluster: '10.0.0.1:8006' },
    storage: 'nas',
  });
});

it('draws a bar and ends in a sentence', () => {
  const base = {
    id: '1',
    kind: 'upload',
    clusterId: 'c',
    name: 'x.iso',
    actions: [],
    createdAtMs: 0,
    restarts: 0,
  } as const;
  const half: Transfer = {
    ...base,
    actions: [],
    state: 'running',
    doneBytes: 2 ** 30,
    totalBytes: 2 ** 31,
    bytesPerSecond: 100 << 20,
    etaSeconds: 10.2,
  };
  expect(barOf(half)).toBe('x.iso  [############------------] 50%  1.0 GiB  100 MiB/s  0:10 left');
  expect(sentenceOf({ ...half, state: 'done', verified: ['task', 'size', 'checksum'], restarts: 1 })).toBe(
    'x.iso is there: 2.0 GiB, checksum and size are right. It was begun 2 times.',
  );
});
