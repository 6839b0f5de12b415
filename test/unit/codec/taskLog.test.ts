import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { endState, failureOf, isLastLine } from '../../../shared/codec/task/ending.ts';
import { hasProgress, LogParser } from '../../../shared/codec/task/logParser.ts';
import { parseUpid, vmidOf } from '../../../shared/codec/task/upid.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;

function read(type: string, lines: string[]) {
  const parser = new LogParser(type);
  const known = lines.filter((line) => parser.push(line));
  return { progress: parser.progress, known };
}

describe('a live migration', () => {
  it('shows memory, its speed and both guesses of the rest', () => {
    const { progress } = read('qmigrate', [
      "2026-03-01 10:15:01 starting migration of VM 100 to node 'pve2' (192.0.2.12)",
      '2026-03-01 10:15:08 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s, VM dirties lots of memory: 256.0 MiB/s',
    ]);
    expect(progress).toMatchObject({ phase: 'Moving memory', fraction: 0.25, bytesPerSecond: 512 * MiB });
    expect(progress.dirtyBytesPerSecond).toBe(256 * MiB);
    expect(progress.etaSeconds).toEqual([12, 24]);
    expect(progress.parts).toEqual([{ name: 'Memory', doneBytes: 2 * GiB, totalBytes: 8 * GiB, isReady: false }]);
  });

  it('reads the line with VFIO state and gives no guess where memory is dirtied faster than it is sent', () => {
    const { progress } = read('qmigrate', [
      '2026-03-01 10:15:09 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 12.0 KiB/s (+ 3.4 MiB VFIO-state), VM dirties lots of memory: 913.1 MiB/s',
    ]);
    expect(progress.fraction).toBe(0.25);
    expect(progress.etaSeconds).toBeUndefined();
  });

  it('never counts more than there is when dirty pages are sent again', () => {
    const { progress } = read('qmigrate', [
      '2026-03-01 10:15:09 migration active, transferred 9.5 GiB of 8.0 GiB VM-state, 12.0 KiB/s',
    ]);
    expect(progress.fraction).toBe(1);
    expect(progress.doneBytes).toBe(8 * GiB);
  });

  it('adds interleaved disks, and the bar says what the bytes say when another disk or memory joins in', () => {
    const parser = new LogParser('qmigrate');
    parser.push('drive-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 1m 40s');
    expect(parser.progress.fraction).toBe(0.5);
    expect(parser.progress.etaSeconds).toEqual([100, 100]);
    parser.push('drive-scsi1: transferred 0.0 B of 32.0 GiB (0.00%) in 0s');
    expect(parser.progress.fraction).toBe(0.25);
    expect(parser.progress.parts?.map((part) => part.name)).toEqual(['scsi0', 'scsi1']);
    parser.push('drive-scsi0: transferred 32.0 GiB of 32.0 GiB (100.00%) in 2m 3s, ready');
    parser.push('drive-scsi1: transferred 32.0 GiB of 32.0 GiB (100.00%) in 2m 3s, ready');
    expect(parser.progress.fraction).toBe(1);
    parser.push('2026-03-01 10:15:08 migration active, transferred 16.0 GiB of 64.0 GiB VM-state, 512.3 MiB/s');
    expect(parser.progress.fraction).toBe(80 / 128);
    expect(parser.progress.phase).toBe('Moving memory');
  });

  it('reads dd and zfs of offline disks', () => {
    expect(
      read('vzmigrate', ['2026-03-01 10:15:30 1052999680 bytes (1.1 GB, 1004 MiB) copied, 9 s, 117 MB/s']).progress,
    ).toMatchObject({ doneBytes: 1052999680, bytesPerSecond: 117e6 });
    const zfs = read('vzmigrate', [
      '2026-03-01 10:15:30 total estimated size is 3.40G',
      '2026-03-01 10:15:31 TIME        SENT   SNAPSHOT rpool/data/vm-100-disk-0@__migration__',
      '2026-03-01 10:15:31 10:15:31    1.70G   rpool/data/vm-100-disk-0@__migration__',
    ]);
    expect(zfs.progress.fraction).toBeCloseTo(0.5, 2);
  });
});

describe('a backup', () => {
  const lines = [
    'INFO: starting new backup job: vzdump 100 101 --storage pbs --mode snapshot',
    'INFO: Starting Backup of VM 100 (qemu)',
    'INFO:  50% (16.0 GiB of 32.0 GiB) in 1m 4s, read: 375.9 MiB/s, write: 120.6 MiB/s',
  ];

  it('counts each of its guests as one part of the bar', () => {
    const { progress } = read('vzdump', lines);
    expect(progress).toMatchObject({ phase: 'Backing up VM 100', fraction: 0.25, doneBytes: 16 * GiB });
    const later = read('vzdump', [
      ...lines,
      'INFO: 100% (32.0 GiB of 32.0 GiB) in 2m 41s, read: 1.2 GiB/s, write: 0 B/s',
      'INFO: Finished Backup of VM 100 (00:02:50)',
      'INFO: Starting Backup of VM 101 (qemu)',
    ]).progress;
    expect(later).toMatchObject({ phase: 'Backing up VM 101', fraction: 0.5 });
    expect(later.doneBytes).toBeUndefined();
  });

  it('claims nothing about the whole where nobody knows how many guests there are', () => {
    const { progress } = read('vzdump', [
      'INFO: starting new backup job: vzdump --all 1 --mode snapshot',
      ...lines.slice(1),
    ]);
    expect(progress.fraction).toBeUndefined();
    expect(progress.totalBytes).toBe(32 * GiB);
  });
});

it.each([
  ['qmrestore', 'progress 12% (read 4123000832 bytes, duration 9 sec)', 0.12],
  ['qmrestore', 'progress 12% (read 4123000832 bytes, zeroes = 45% (1855979520 bytes), duration 9 sec)', 0.12],
  [
    'qmrestore',
    'progress 12% (read 4123000832 bytes, zeroes = 45% (1855979520 bytes), nonzero writes = 540, chunks fetched = 541, duration 9 sec)',
    0.12,
  ],
  ['qmclone', 'transferred 327.7 MiB of 32.0 GiB (1.00%)', 0.01],
  ['qmmove', 'drive-scsi0: transferred 8.0 GiB of 32.0 GiB (25.00%) in 12s, still busy', 0.25],
  ['download', '     0K ........ ........ ........ ........  2% 51.2M 31s', 0.02],
  ['download', '1572864K ........ ........                   100%  110M=14s', 1],
])('a %s reads: %s', (type, line, fraction) => {
  expect(read(type, [line]).progress.fraction).toBeCloseTo(fraction, 5);
});

it('says what an upload does, though it has no percentage', () => {
  const { progress, known } = read('imgcopy', [
    'starting file import from: /var/tmp/pveupload-0123456789abcdef0123456789abcdef',
    'target node: pve1',
    'calculating checksum...OK, checksum verified',
  ]);
  expect(progress).toEqual({ phase: 'Checking the checksum' });
  expect(known).toHaveLength(2);
});

it('reads speed and time left of a download', () => {
  const { progress } = read('download', [' 32768K ........ ........ ........ ........  7% 89.2M 2m12s']);
  expect(progress).toMatchObject({
    doneBytes: 32 * MiB,
    bytesPerSecond: Math.round(89.2 * MiB),
    etaSeconds: [132, 132],
  });
});

it('is not changed by a line it does not know', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      const parser = new LogParser('qmigrate');
      parser.push('drive-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 40s');
      const before = structuredClone(parser.progress);
      if (!parser.push(line)) expect(parser.progress).toEqual(before);
    }),
  );
});

it('never moves the bar back unless the whole grows, whatever order lines come in', () => {
  const line = fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 1, max: 64 }))
      .map(([a, b]) => `drive-scsi${a % 3}: transferred ${a}.0 GiB of ${b}.0 GiB (1.00%) in ${a}s`),
    fc
      .tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: 1, max: 64 }))
      .map(
        ([a, b]) => `2026-03-01 10:15:08 migration active, transferred ${a}.0 GiB of ${b}.0 GiB VM-state, 1.0 MiB/s`,
      ),
    fc.integer({ min: 0, max: 99 }).map((a) => `2026-03-01 10:15:30 total estimated size is ${a}G`),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const parser = new LogParser('qmigrate');
      let last = 0;
      let lastTotalBytes = 0;
      for (const text of lines) {
        parser.push(text);
        const { fraction = 0, totalBytes = 0 } = parser.progress;
        if (totalBytes <= lastTotalBytes) expect(fraction).toBeGreaterThanOrEqual(last);
        lastTotalBytes = totalBytes;
        expect(fraction).toBeLessThanOrEqual(1);
        last = fraction;
      }
    }),
  );
});

it('knows which tasks tell how far they are', () => {
  expect(hasProgress('vzdump')).toBe(true);
  expect(hasProgress('qmstart')).toBe(false);
  expect(hasProgress('toString')).toBe(false);
});

it('tells how a task ended', () => {
  expect(
    ['OK', 'WARNINGS: 2', 'unexpected status', 'migration aborted', 'unable to get last line from task log - x'].map(
      endState,
    ),
  ).toEqual(['ok', 'warnings', 'unknown', 'failed', 'unknown']);
  expect(isLastLine('TASK ERROR: job errors')).toBe(true);
  expect(isLastLine('TASK OKAY')).toBe(false);
  expect(failureOf(['a', 'TASK ERROR: VM 100 not running'])).toBe('VM 100 not running');
});

it('takes a UPID apart', () => {
  const upid = parseUpid('UPID:pve1:0000C350:0001E240:67A1B2C3:qmigrate:100:root@pam!tok:');
  expect(upid).toEqual({
    node: 'pve1',
    startedAtMs: 0x67a1b2c3 * 1000,
    type: 'qmigrate',
    id: '100',
    user: 'root@pam!tok',
  });
  expect(parseUpid('UPID:pve1:xyz')).toBeUndefined();
  expect([vmidOf('100'), vmidOf(''), vmidOf('a%3A1')]).toEqual([100, undefined, undefined]);
});
