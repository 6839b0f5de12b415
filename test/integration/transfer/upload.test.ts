import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import type { UploadRequest } from '../../../shared/model/transfer.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
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
