import { describe, expect, it } from 'vitest';

import { LogFeed } from '../../../shared/codec/task/logFeed.ts';
import { type LogHints, LogParser } from '../../../shared/codec/task/logParser.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

function read(type: string, lines: readonly string[], hints: LogHints = {}) {
  const parser = new LogParser(type, hints);
  const unknown = lines.filter((line) => !parser.push(line));
  return { ...parser, progress: parser.progress, facts: parser.facts, unknown };
}

// The sample lines of PVE wire facts 6.4, family by family.
const liveMigration = [
  "2026-03-01 10:15:01 starting migration of VM 100 to node 'pve2' (192.0.2.12)",
  '2026-03-01 10:15:01 conntrack state migration not supported or disabled, active connections might get dropped',
  "2026-03-01 10:15:02 starting VM 100 on remote node 'pve2'",
  '2026-03-01 10:15:05 start remote tunnel',
  '2026-03-01 10:15:06 migration speed limit: 500.0 MiB/s',
  '2026-03-01 10:15:06 migration downtime limit: 100 ms',
  '2026-03-01 10:15:06 start migrate command to unix:/run/qemu-server/100.migrate',
  "2026-03-01 10:15:07 migration in status 'setup' - waiting for transition",
  '2026-03-01 10:15:08 migration active, transferred 1.2 GiB of 8.0 GiB VM-state, 512.3 MiB/s',
  '2026-03-01 10:15:09 migration active, transferred 1.9 GiB of 8.0 GiB VM-state, 0.0 B/s, VM dirties lots of memory: 913.1 MiB/s',
  '2026-03-01 10:15:09 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 12.0 KiB/s (+ 3.4 MiB VFIO-state)',
  '2026-03-01 10:15:10 xbzrle: send updates to 22431 pages in 12.4 MiB encoded memory, cache-miss 41.88%, overflow 312',
  '2026-03-01 10:15:15 auto-increased downtime to continue migration: 200 ms',
  '2026-03-01 10:15:20 average migration speed: 455.6 MiB/s - downtime 64 ms',
  '2026-03-01 10:15:20 migration completed, transferred 4.1 GiB VM-state',
  '2026-03-01 10:15:20 migration status: completed',
  '2026-03-01 10:15:24 migration finished successfully (duration 00:00:23)',
];

describe('migrations', () => {
  it('reads a live one to its end, with its limit and its downtimes', () => {
    const { progress, facts } = read('qmigrate', liveMigration);
    expect(progress).toMatchObject({ phase: 'Finished', fraction: 1 });
    expect(progress.parts).toEqual([
      { name: 'Memory', doneBytes: 8 * GIB, totalBytes: 8 * GIB, isReady: true, fraction: 1 },
    ]);
    expect(facts).toMatchObject({ downtimeLimitMs: 200, downtimeMs: 64, limitBytesPerSecond: 500 * MIB });
  });

  it('reads mirrors that are interleaved, each disk by itself', () => {
    const { progress } = read('qmigrate', [
      "2026-03-01 10:15:02 found local disk 'local-lvm:vm-100-disk-0' (attached)",
      "2026-03-01 10:15:02 found local disk 'local-lvm:vm-100-disk-1' (attached)",
      "2026-03-01 10:15:05 volume 'local-lvm:vm-100-disk-0' is 'local-lvm:vm-100-disk-1' on the target",
      '2026-03-01 10:15:06 starting storage migration',
      'drive mirror is starting for drive-scsi0 with bandwidth limit: 51200 KiB/s',
      'drive-scsi0: transferred 0.0 B of 32.0 GiB (0.00%) in 0s',
      'drive-scsi1: transferred 1.0 GiB of 4.0 GiB (25.00%) in 10s',
      'drive-scsi0: transferred 8.0 GiB of 32.0 GiB (25.00%) in 40s',
      'drive-scsi1: transferred 3.0 GiB of 4.0 GiB (75.00%) in 20s, still busy',
    ]);
    expect(progress.parts).toMatchObject([
      { name: 'scsi0', doneBytes: 8 * GIB, bytesPerSecond: Math.round((8 * GIB) / 40) },
      { name: 'scsi1', doneBytes: 3 * GIB, bytesPerSecond: Math.round((2 * GIB) / 10) },
    ]);
    expect(progress.totalBytes).toBe(36 * GIB);
  });

  it('reads offline copies by dd, the size of which the log does not tell, disk after disk', () => {
    const lines = [
      '2026-03-01 10:15:00 shutdown CT 101',
      "2026-03-01 10:15:04 found local volume 'local-lvm:vm-101-disk-0' (in current VM config)",
      "2026-03-01 10:15:04 found local volume 'local-lvm:vm-101-disk-1' (in current VM config)",
      '2026-03-01 10:15:30 1052999680 bytes (1.1 GB, 1004 MiB) copied, 9 s, 117 MB/s',
    ];
    expect(read('vzmigrate', lines).progress).toMatchObject({ doneBytes: 1052999680, bytesPerSecond: 117e6 });
    expect(read('vzmigrate', lines).progress.fraction).toBeUndefined(); // working
    const volumeBytes = () => 2105999360;
    const sized = read('vzmigrate', lines, { volumeBytes }).progress;
    expect(sized.fraction).toBeCloseTo(0.25, 5);
    const more = [
      ...lines,
      "2026-03-01 10:15:40 volume 'local-lvm:vm-101-disk-0' is 'local-lvm:vm-101-disk-0' on the target",
      '2026-03-01 10:15:49 1052999680 bytes (1.1 GB, 1004 MiB) copied, 9 s, 117 MB/s',
    ];
    const later = read('vzmigrate', more, { volumeBytes }).progress;
    expect(later.fraction).toBeCloseTo(0.75, 5);
    expect(later.parts).toMatchObject([{ name: 'vm-101-disk-0', isReady: true }, { name: 'vm-101-disk-1' }]);
  });

  it('reads zfs and rbd', () => {
    const zfs = read('vzmigrate', [
      "2026-03-01 10:15:04 found local volume 'local-zfs:subvol-101-disk-0' (in current VM config)",
      '2026-03-01 10:15:30 full send of rpool/data/subvol-101-disk-0@__migration__ estimated size is 3.40G',
      '2026-03-01 10:15:30 total estimated size is 3.40G',
      '2026-03-01 10:15:31 TIME        SENT   SNAPSHOT rpool/data/subvol-101-disk-0@__migration__',
      '2026-03-01 10:15:31 10:15:31   1.70G   rpool/data/subvol-101-disk-0@__migration__',
    ]);
    expect(zfs.progress.fraction).toBeCloseTo(0.5, 2);
    const rbd = read('qmigrate', ['Exporting image: 12% complete...', 'Exporting image: 37% complete...']);
    expect(rbd.progress.fraction).toBeCloseTo(0.37, 5);
    expect(read('qmigrate', ['Importing image: 100% complete...done.']).progress.fraction).toBe(0.99);
  });

  it('reads a remote one, and what the other side says of an import', () => {
    const { progress } = read('qmigrate', [
      "2026-03-01 10:15:00 remote: started tunnel worker 'UPID:dst1:0000C350:0001E240:67A1B2C3:qmtunnel:200:root@pam!mig:'",
      'tunnel: -> sending command "version" to remote',
      '2026-03-01 10:15:01 local WS tunnel version: 2',
      "2026-03-01 10:15:01 starting migration of VM 100 to node 'dst1' (dst.example.org)",
      "2026-03-01 10:15:03 volume 'local-lvm:vm-100-disk-0' is 'local-zfs:vm-200-disk-0' on the target",
      'disk-import: 1052999680 bytes (1.1 GB, 1004 MiB) copied, 9 s, 117 MB/s',
      '2026-03-01 10:15:06 starting storage migration',
      'drive-scsi0: transferred 8.0 GiB of 32.0 GiB (25.00%) in 40s',
    ]);
    expect(progress.parts?.map((part) => part.name)).toEqual(['Disk', 'scsi0']);
    expect(progress.bytesPerSecond).toBe(117e6 + Math.round((8 * GIB) / 40));
    expect(read('qmtunnel', ['mtunnel started']).progress).toEqual({ phase: 'Receiving' });
  });
});

describe('backups and restores', () => {
  it('reads a backup to a Backup Server', () => {
    const { progress } = read('vzdump', [
      'INFO: starting new backup job: vzdump 100 --storage pbs --mode snapshot',
      'INFO: Starting Backup of VM 100 (qemu)',
      'INFO: using fast incremental mode (dirty-bitmap), 1.2 GiB dirty of 32.0 GiB total',
      'INFO:   3% (1.1 GiB of 32.0 GiB) in 3s, read: 375.9 MiB/s, write: 120.6 MiB/s',
      'INFO:  50% (16.0 GiB of 32.0 GiB) in 1m 41s, read: 1.2 GiB/s, write: 0 B/s',
      'INFO: Waiting for server to finish backup validation...',
    ]);
    expect(progress).toMatchObject({ phase: 'Waiting for the backup server', fraction: 0.5, totalBytes: 32 * GIB });
  });

  it('knows of a container only what its tools tell', () => {
    const lines = ['INFO: starting new backup job: vzdump 101 --storage nas', 'INFO: Starting Backup of CT 101 (lxc)'];
    expect(read('vzdump', lines).progress.fraction).toBe(0);
    const end = [...lines, 'INFO: Total bytes written: 1234534400 (1.2GiB, 53MiB/s)'];
    expect(read('vzdump', end).progress).toMatchObject({ doneBytes: 1234534400, bytesPerSecond: 53 * MIB });
  });

  it('counts each disk of a restore from a Backup Server as one part of the bar', () => {
    const { progress } = read('qmrestore', [
      "new volume ID is 'local-lvm:vm-100-disk-0'",
      "new volume ID is 'local-lvm:vm-100-disk-1'",
      'restore proxmox backup image: pbs-restore drive-scsi0.img.fidx',
      'progress 12% (read 4123000832 bytes, zeroes = 45% (1855979520 bytes), duration 9 sec)',
      'restore image complete (bytes=34359738368, duration=90.00s, speed=364.00MB/s)',
      'restore proxmox backup image: pbs-restore drive-scsi1.img.fidx',
      'progress 50% (read 4123000832 bytes, zeroes = 45% (1855979520 bytes), nonzero writes = 540, chunks fetched = 541, duration 9 sec)',
    ]);
    expect(progress.fraction).toBeCloseTo(0.75, 5);
    expect(progress.bytesPerSecond).toBe(Math.round(4123000832 / 9));
  });

  it('works on a container without a percentage', () => {
    const { progress } = read('vzrestore', [
      "recovering backed-up configuration from 'nas:backup/vzdump-lxc-101.tar.zst'",
      "restoring 'nas:backup/vzdump-lxc-101.tar.zst' now..",
      "extracting archive '/mnt/pve/nas/dump/vzdump-lxc-101.tar.zst'",
      'Total bytes read: 1234534400 (1.2GiB, 53MiB/s)',
    ]);
    expect(progress).toEqual({ phase: 'Restoring', doneBytes: 1234534400, bytesPerSecond: 53 * MIB });
  });
});

it('reads a clone of several disks', () => {
  const { progress } = read('qmclone', [
    'create full clone of drive scsi0 (local-lvm:vm-100-disk-0)',
    "allocated target volume 'local-lvm:vm-101-disk-0'",
    'transferred 327.7 MiB of 32.0 GiB (1.00%)',
    'transferred 32.0 GiB of 32.0 GiB (100.00%)',
    'create full clone of drive scsi1 (local-lvm:vm-100-disk-1)',
    'transferred 0.0 B of 32.0 GiB (0.00%)',
    'transferred 16.0 GiB of 32.0 GiB (50.00%)',
  ]);
  expect(progress.parts).toMatchObject([
    { name: 'scsi0', fraction: 1 },
    { name: 'scsi1', fraction: 0.5 },
  ]);
});

it('reads a replication by its own log', () => {
  const lines = [
    '2026-03-01 10:15:00 100-0: start replication job',
    '2026-03-01 10:15:01 100-0: using secure transmission, rate limit: none',
    "2026-03-01 10:15:01 100-0: full sync 'local-zfs:vm-100-disk-0' (__replicate_100-0_1709285700__)",
    '2026-03-01 10:15:02 100-0: total estimated size is 2.00G',
    '2026-03-01 10:15:03 100-0: 10:15:03   1.00G   rpool/data/vm-100-disk-0@__replicate_100-0_1709285700__',
  ];
  expect(read('replication', lines).progress.fraction).toBeCloseTo(0.5, 5);
  const end = [...lines, '2026-03-01 10:15:09 100-0: end replication job'];
  expect(read('replication', end).progress).toMatchObject({ phase: 'Finished', fraction: 1 });
});

it('reads sizes that a locale writes with a comma or a no-break space', () => {
  const size = (text: string) => read('qmigrate', [`drive-scsi0: transferred ${text} (50,00%) in 10s`]).progress;
  expect(size('1,5 GiB of 3,0 GiB')).toMatchObject({ doneBytes: 1.5 * GIB, fraction: 0.5 });
  expect(size('1.5\u00a0GiB of 3.0\u202fGiB')).toMatchObject({ doneBytes: 1.5 * GIB });
  const dd = read('vzmigrate', [
    '1052999680 Bytes (1,1 GB, 1004 MiB) kopiert, 9,5 s, 117 MB/s'.replace('Bytes', 'bytes'),
  ]);
  expect(dd.progress).toEqual({});
  const comma = read('vzmigrate', ['1052999680 bytes (1,1 GB, 1004 MiB) copied, 9,5 s, 117,5 MB/s']);
  expect(comma.progress.bytesPerSecond).toBe(117.5e6);
});

it('does not care for a clock that jumps, in stamps or in durations', () => {
  const jump = read('qmigrate', [
    '2026-03-01 10:15:08 migration active, transferred 1.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s',
    '1970-01-01 00:00:09 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s',
    'drive-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 40s',
    'drive-scsi0: transferred 17.0 GiB of 32.0 GiB (53.13%) in 3s',
  ]);
  const steady = read('qmigrate', [
    '2026-03-01 10:15:08 migration active, transferred 1.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s',
    '2026-03-01 10:15:09 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s',
    'drive-scsi0: transferred 16.0 GiB of 32.0 GiB (50.00%) in 40s',
  ]);
  expect(jump.progress.parts?.[1]).toEqual(steady.progress.parts?.[1]);
  expect(jump.progress.parts?.[0]).toMatchObject({ bytesPerSecond: Math.round((16 * GIB) / 40) });
});

it('does not believe half a line, though it looks whole', () => {
  const parser = new LogParser('vzmigrate');
  const feed = new LogFeed(parser);
  feed.push([], '2026-03-01 10:15:30 total estimated size is 3.4');
  feed.push(['2026-03-01 10:15:30 total estimated size is 3.40G'], '10:15:31   1.70G   rpool/data/vm-1');
  feed.push(['10:15:31   1.70G   rpool/data/vm-100-disk-0@__migration__'], undefined);
  expect(parser.progress).toMatchObject({ totalBytes: Math.round(3.4 * GIB) });
  expect(parser.progress.parts).toHaveLength(1);
});

it('believes a last line that stays as it is', () => {
  const parser = new LogParser('download');
  const feed = new LogFeed(parser);
  const line = ' 32768K ........ ........ ........ ........  7% 89.2M 12s';
  expect([feed.push([], line), feed.push([], line)]).toEqual([false, true]);
  expect(parser.progress.fraction).toBe(0.07);
});
