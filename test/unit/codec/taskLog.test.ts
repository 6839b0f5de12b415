import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { endState, failureOf, isLastLine } from '../../../shared/codec/task/ending.ts';
import { hasProgress, LogParser } from '../../../shared/codec/task/logParser.ts';
import { parseUpid, subjectOf, vmidOf } from '../../../shared/codec/task/upid.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;

function read(type: string, lines: string[]) {
  const parser = new LogParser(type);
  const known = lines.filter((line) => parser.push(line));
  return { progress: parser.progress, known };
}

describe('a live migration', () => {
  it('shows memory, its speed and what is dirtied', () => {
    const { progress } = read('qmigrate', [
      "2026-03-01 10:15:01 starting migration of VM 100 to node 'pve2' (192.0.2.12)",
      '2026-03-01 10:15:08 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s, VM dirties lots of memory: 256.0 MiB/s',
    ]);
    expect(progress).toMatchObject({ phase: 'Moving memory', fraction: 0.25, bytesPerSecond: 512 * MiB });
    expect(progress.dirtyBytesPerSecond).toBe(256 * MiB);
    expect(progress.parts).toEqual([
      {
        ...{ name: 'Memory', doneBytes: 2 * GiB, totalBytes: 8 * GiB, isReady: false },
        ...{ fraction: 0.25, bytesPerSecond: 512 * MiB },
      },
    ]);
  });

  it('reads the line with VFIO state', () => {
    const { progress } = read('qmigrate', [
      '2026-03-01 10:15:09 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 12.0 KiB/s (+ 3.4 MiB VFIO-state), VM dirties lots of memory: 913.1 MiB/s',
    ]);
    expect(progress).toMatchObject({
      fraction: 0.25,
      bytesPerSecond: 12 * 1024,
      dirtyBytesPerSecond: Math.round(913.1 * MiB),
    });
  });

  it('never counts more than there is when dirty pages are sent again', () => {
    const { progress } = read('qmigrate', [
      '2026-03-01 10:15:09 migration active, transferred 9.5 GiB of 8.0 GiB VM-state, 12.0 KiB/s',
    ]);
    expect(progress.fraction).toBe(0.99); // it is not over
    expect(progress.doneBytes).toBe(8 * GiB);
  });

  it('adds interleaved disks, and moves on without going back when another disk or memory joins in', () => {
    const parser = new LogParser('qmigrate');
    parser.push('drive-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 1m 40s');
    expect(parser.progress).toMatchObject({ fraction: 0.5, bytesPerSecond: Math.round((16 * GiB) / 100) });
    parser.push('drive-scsi1: transferred 0.0 B of 32.0 GiB (0.00%) in 0s');
    expect(parser.progress).toMatchObject({ fraction: 0.5, doneBytes: 16 * GiB, totalBytes: 64 * GiB });
    expect(parser.progress.parts?.map((part) => part.name)).toEqual(['scsi0', 'scsi1']);
    parser.push('drive-scsi1: transferred 16.0 GiB of 32.0 GiB (50.00%) in 50s');
    expect(parser.progress.fraction).toBeCloseTo(0.5 + 0.5 / 3, 5); // a third of what is left
    parser.push('drive-scsi0: transferred 32.0 GiB of 32.0 GiB (100.00%) in 2m 3s, ready');
    parser.push('drive-scsi1: transferred 32.0 GiB of 32.0 GiB (100.00%) in 2m 3s, ready');
    const before = parser.progress.fraction ?? 0;
    expect(before).toBeLessThan(1);
    parser.push('2026-03-01 10:15:08 migration active, transferred 16.0 GiB of 64.0 GiB VM-state, 512.3 MiB/s');
    expect(parser.progress.fraction).toBe(before);
    expect(parser.progress.phase).toBe('Moving memory');
    parser.push('2026-03-01 10:17:08 migration completed, transferred 41.0 GiB VM-state');
    parser.push('2026-03-01 10:17:09 migration finished successfully (duration 00:02:23)');
    expect(parser.progress.fraction).toBe(1);
  });

  it('keeps room on the bar for disks and memory that are known to come', () => {
    const parser = new LogParser('qmigrate', { memoryBytes: 32 * GiB });
    for (const disk of [0, 1]) {
      parser.push(`2026-03-01 10:15:02 found local disk 'local-lvm:vm-100-disk-${disk}' (attached)`);
    }
    expect(parser.progress.fraction).toBeUndefined();
    parser.push("2026-03-01 10:15:02 starting VM 100 on remote node 'pve2'");
    parser.push('drive-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 1m 40s');
    expect(parser.progress.fraction).toBeCloseTo(16 / 96, 5);
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
    form: 'pve',
    node: 'pve1',
    startedAtMs: 0x67a1b2c3 * 1000,
    type: 'qmigrate',
    id: '100',
    user: 'root@pam!tok',
  });
  expect(parseUpid('UPID:pve1:xyz')).toBeUndefined();
  expect([vmidOf('100'), vmidOf(''), vmidOf('a%3A1')]).toEqual([100, undefined, undefined]);
});

describe('Backup Server and Datacenter Manager', () => {
  it('names its tasks with one more field, and those of remotes behind their remote', () => {
    const own = 'UPID:pbs1:00000FA0:00012CC8:00000001:65E19B14:backup:main\\x3avm-100:root@pam!n:';
    expect(parseUpid(own)).toEqual({
      ...{ form: 'pbs', node: 'pbs1', startedAtMs: 0x65e19b14 * 1000, type: 'backup' },
      ...{ id: 'main:vm/100', user: 'root@pam!n' },
    });
    expect(parseUpid(`pbs:vault!${own}`)).toMatchObject({ remote: 'vault', form: 'pbs' });
    const pve = 'UPID:n2:0000C350:0001E240:67A1B2C3:qmigrate:114:root@pam:';
    expect(parseUpid(`pve:north!${pve}`)).toMatchObject({ remote: 'north', form: 'pve', id: '114' });
    expect(parseUpid(`north!${pve}`)).toMatchObject({ remote: 'north', form: 'pve' });
    expect(parseUpid(`pve:a/b!${pve}`)).toBeUndefined();
  });

  it('says what a task is about', () => {
    expect(subjectOf('backup', 'main:vm/100')).toBe('vm/100 in main');
    expect(subjectOf('reader', 'main:inner:ct/7/65E19B14')).toBe('ct/7 in main');
    expect(subjectOf('prunejob', 'main::weekly')).toBe('main');
    expect(subjectOf('syncjob', '-:a:b::s-1')).toBe('b');
    expect(subjectOf('aptupdate', '')).toBeUndefined();
  });

  it('reads its lines behind their times, and the bar never goes back', () => {
    const parser = new LogParser('garbage_collection');
    const at = '2026-03-01T10:15:00+01:00: ';
    const fractions: number[] = [];
    for (const line of [
      'starting garbage collection on store main',
      'Start GC phase1 (mark used chunks)',
      'marked 50% (120 of 240 index files)',
      'marked 10% (24 of 240 index files)',
      'Start GC phase2 (sweep unused chunks)',
      'processed 50% (1200 chunks)',
      'Removed garbage: 1.2 GiB',
    ]) {
      parser.push(at + line);
      fractions.push(parser.progress.fraction ?? 0);
    }
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(2)).toBe(0.25);
    expect(fractions.at(-1)).toBe(1);
    expect(isLastLine(`${at}TASK OK`)).toBe(true);
    expect(isLastLine(`${at}TASK WARNINGS: 3`)).toBe(true);
    expect(isLastLine(`${at}said TASK OK`)).toBe(false);
  });
});
