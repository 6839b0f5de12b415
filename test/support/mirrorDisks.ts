import { randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { mirrorLine } from '../../electron/lab/tasks/migration.ts';
import type { Machine } from './machine.ts';

const POLL_MS = 1000;
const MIB = 1 << 20;

export interface MirroredDisk {
  readonly mib: number;
  /** What the mirror may take of the link. */
  readonly speedMib: number;
}

interface BlockJob {
  readonly device: string;
  readonly offset: number;
  readonly len: number;
  readonly ready: boolean;
}

/**
 * Mirrors disks of a guest to another one over NBD, all at once, and writes what qemu-server would (PVE wire facts
 * 6.4 b). The disks hold something but no guest writes to them.
 */
export async function mirrorDisks(
  source: Machine,
  destination: Machine,
  disks: readonly MirroredDisk[],
  log: (line: string) => void,
): Promise<void> {
  const path = join(destination.process.folder, 'nbd');
  await destination.ask('nbd-server-start', { addr: { type: 'unix', data: { path } } });
  for (const [at, { mib, speedMib }] of disks.entries()) {
    const name = `drive-scsi${at}`;
    const from = join(source.process.folder, name);
    writeFileSync(from, randomBytes(mib * MIB));
    await addRaw(source, `source-${at}`, from);
    const to = join(destination.process.folder, name);
    writeFileSync(to, '');
    truncateSync(to, mib * MIB);
    await addRaw(destination, `target-${at}`, to);
    const shown = { id: name, type: 'nbd', 'node-name': `target-${at}`, name, writable: true };
    await destination.ask('block-export-add', shown);
    const server = { type: 'unix', path };
    await source.ask('blockdev-add', { driver: 'nbd', 'node-name': `nbd-${at}`, server, export: name });
    log(`drive mirror is starting for ${name}`);
    const job = { 'job-id': name, device: `source-${at}`, target: `nbd-${at}`, sync: 'full', speed: speedMib * MIB };
    await source.ask('blockdev-mirror', job);
  }
  await watch(source, log);
  log("all 'mirror' jobs are ready");
  for (const at of disks.keys()) await source.ask('block-job-cancel', { device: `drive-scsi${at}` });
}

const addRaw = (machine: Machine, nodeName: string, filename: string) =>
  machine.ask('blockdev-add', { driver: 'raw', 'node-name': nodeName, file: { driver: 'file', filename } });

async function watch(source: Machine, log: (line: string) => void): Promise<void> {
  for (let second = 0; ; second += 1) {
    const jobs = await source.ask<BlockJob[]>('query-block-jobs');
    for (const { device, offset, len } of jobs.toSorted((a, b) => (a.device < b.device ? -1 : 1))) {
      log(mirrorLine({ drive: device, doneBytes: offset, totalBytes: len, bytesPerSecond: 0 }, second));
    }
    if (jobs.every((job) => job.ready)) return;
    await sleep(POLL_MS);
  }
}
