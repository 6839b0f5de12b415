import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Forecaster } from '../../../shared/codec/task/forecaster.ts';
import { LogFeed } from '../../../shared/codec/task/logFeed.ts';
import { hasProgress, type LogHints, LogParser } from '../../../shared/codec/task/logParser.ts';
import type { TaskProgress } from '../../../shared/model/task.ts';

const MIB = 2 ** 20;
const at = '2026-03-01 10:15:30';

/** A family of logs (PVE wire facts 6.4): the lines of one that runs from nothing to its end. */
interface Family {
  readonly type: string;
  readonly hints?: LogHints;
  /** `steps`: MiB that each line is further than the one before. */
  readonly lines: (steps: readonly number[]) => string[];
  /** How full the bar is in the end; undefined: it works, and nobody knows how far it is. */
  readonly end: number | undefined;
}

/** What was done after each step, and of how much. */
function sums(steps: readonly number[]): { readonly done: number; readonly total: number; readonly percent: number }[] {
  const total = steps.reduce((sum, step) => sum + step, 0);
  let done = 0;
  return steps.map((step) => {
    done += step;
    return { done, total, percent: Math.floor((done / total) * 100) };
  });
}

const sized = (mib: number) => (mib >= 1024 ? `${(mib / 1024).toFixed(2)} GiB` : `${mib}.0 MiB`);
const each = (steps: readonly number[], line: (sum: ReturnType<typeof sums>[number], index: number) => string) =>
  sums(steps).map(line);
const dd = (mib: number, second: number) =>
  `${at} ${mib * MIB} bytes (1.1 GB, 1004 MiB) copied, ${second * 3} s, 117 MB/s`;

const families: Readonly<Record<string, Family>> = {
  'live memory': {
    type: 'qmigrate',
    lines: (steps) => [
      `${at} starting VM 100 on remote node 'pve2'`,
      ...each(
        steps,
        ({ done, total }) =>
          `${at} migration active, transferred ${sized(done)} of ${sized(total)} VM-state, 512.3 MiB/s`,
      ),
      `${at} migration completed, transferred 4.1 GiB VM-state`,
      `${at} migration finished successfully (duration 00:00:23)`,
    ],
    end: 1,
  },
  mirrors: {
    type: 'qmigrate',
    lines: (steps) => [
      ...each(
        steps,
        ({ done, total, percent }, second) =>
          `drive-scsi0: transferred ${sized(done)} of ${sized(total)} (${percent}.00%) in ${second + 1}s${done === total ? ', ready' : ''}`,
      ),
      'drive-scsi0: mirror-job finished',
    ],
    end: 0.99,
  },
  'offline by dd': {
    type: 'vzmigrate',
    hints: { volumeBytes: () => 9000 * 8 * MIB },
    lines: (steps) => [
      `${at} found local volume 'local-lvm:vm-101-disk-0' (in current VM config)`,
      ...each(steps, ({ done }, second) => dd(done, second + 1)),
      `${at} volume 'local-lvm:vm-101-disk-0' is 'local-lvm:vm-101-disk-0' on the target`,
      `${at} migration finished successfully (duration 00:00:43)`,
    ],
    end: 1,
  },
  'offline by dd, of unknown size': {
    type: 'vzmigrate',
    lines: (steps) => each(steps, ({ done }, second) => dd(done, second + 1)),
    end: undefined,
  },
  zfs: {
    type: 'vzmigrate',
    lines: (steps) => [
      `${at} total estimated size is ${sums(steps).at(-1)?.total}M`,
      ...each(steps, ({ done }) => `${at} 10:15:31   ${done}M   rpool/data/vm-100-disk-0@__migration__`),
    ],
    end: 0.99,
  },
  rbd: {
    type: 'qmigrate',
    lines: (steps) => [
      ...each(steps, ({ percent }) => `Exporting image: ${percent}% complete...`),
      'Exporting image: 100% complete...done.',
    ],
    end: 0.99,
  },
  'remote, offline': {
    type: 'qmigrate',
    hints: { volumeBytes: () => 9000 * 8 * MIB },
    lines: (steps) => [
      `${at} found local volume 'local-lvm:vm-100-disk-0' (in current VM config)`,
      ...each(steps, ({ done }, second) => `disk-import: ${dd(done, second + 1).slice(at.length + 1)}`),
      `${at} migration finished successfully (duration 00:02:00)`,
    ],
    end: 1,
  },
  backup: {
    type: 'vzdump',
    lines: (steps) => [
      'INFO: starting new backup job: vzdump 100 101 --storage pbs',
      ...['100', '101'].flatMap((vmid) => [
        `INFO: Starting Backup of VM ${vmid} (qemu)`,
        ...each(
          steps,
          ({ done, total, percent }) =>
            `INFO: ${percent}% (${sized(done)} of ${sized(total)}) in 1m 3s, read: 375.9 MiB/s, write: 0 B/s`,
        ),
        `INFO: Finished Backup of VM ${vmid} (00:02:50)`,
      ]),
    ],
    end: 1,
  },
  'restore of a file': {
    type: 'qmrestore',
    lines: (steps) =>
      each(
        steps,
        ({ done, percent }, second) => `progress ${percent}% (read ${done * MIB} bytes, duration ${second + 1} sec)`,
      ),
    end: 1,
  },
  'restore of a Backup Server': {
    type: 'qmrestore',
    lines: (steps) => [
      "new volume ID is 'local-lvm:vm-100-disk-0'",
      "new volume ID is 'local-lvm:vm-100-disk-1'",
      ...[0, 1].flatMap((disk) => [
        `restore proxmox backup image: pbs-restore drive-scsi${disk}.img.fidx`,
        ...each(
          steps,
          ({ done, percent }, second) =>
            `progress ${percent}% (read ${done * MIB} bytes, zeroes = 4% (7 bytes), nonzero writes = 5, chunks fetched = 5, duration ${second + 1} sec)`,
        ),
        'restore image complete (bytes=34359738368, duration=90.00s, speed=364.00MB/s)',
      ]),
    ],
    end: 1,
  },
  clone: {
    type: 'qmclone',
    lines: (steps) =>
      [0, 1].flatMap((disk) => [
        `create full clone of drive scsi${disk} (local-lvm:vm-100-disk-${disk})`,
        ...each(steps, ({ done, total, percent }) => `transferred ${sized(done)} of ${sized(total)} (${percent}.00%)`),
      ]),
    end: 0.99,
  },
  'move of a running disk': {
    type: 'qmmove',
    lines: (steps) => [
      'create full clone of drive scsi0 (local-lvm:vm-100-disk-0)',
      ...each(
        steps,
        ({ done, total, percent }, second) =>
          `drive-scsi0: transferred ${sized(done)} of ${sized(total)} (${percent}.00%) in ${second + 1}s`,
      ),
      'drive-scsi0: Completing block job...',
    ],
    end: 0.99,
  },
  replication: {
    type: 'replication',
    lines: (steps) => [
      `${at} 100-0: start replication job`,
      `${at} 100-0: full sync 'local-zfs:vm-100-disk-0' (__replicate_100-0_1709285700__)`,
      `${at} 100-0: total estimated size is ${sums(steps).at(-1)?.total}M`,
      ...each(steps, ({ done }) => `${at} 100-0: 10:15:03   ${done}M   rpool/data/vm-100-disk-0@__replicate_100-0__`),
      `${at} 100-0: end replication job`,
    ],
    end: 1,
  },
  download: {
    type: 'download',
    lines: (steps) =>
      each(steps, ({ done, percent }) => `${done * 1024}K ........ ........ ........ ........ ${percent}% 51.2M 31s`),
    end: 1,
  },
  upload: {
    type: 'imgcopy',
    lines: () => ['calculating checksum...OK, checksum verified', 'command: cp -- a b'],
    end: undefined,
  },
  'pulled container': {
    type: 'ociregistrypull',
    lines: () => ['Copying blob sha256:1', 'Writing manifest to image destination'],
    end: undefined,
  },
};

/** What stands between, and what none of them knows. */
const noise = fc.oneof(
  fc.constantFrom(
    'tunnel: -> sending command "bwlimit" to remote',
    `${at} mapped: net0 from vmbr0 to vmbr1`,
    '8192+0 records in',
    'INFO: ionice priority: 7',
    'map the disk (write zeros = 0)',
    '',
  ),
  fc.string().filter((text) => !/[\n\r]/.test(text)),
);

const steps = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 8 });
const between = fc.array(fc.tuple(fc.nat(60), noise), { maxLength: 8 });

const parserOf = ({ type, hints }: Family) => new LogParser(type, hints);

function withNoise(family: Family, lines: readonly string[], more: readonly (readonly [number, string])[]): string[] {
  const all = [...lines];
  for (const [where, text] of more) if (!parserOf(family).push(text)) all.splice(where % (all.length + 1), 0, text);
  return all;
}

function readWhole(family: Family, lines: readonly string[]): TaskProgress {
  const parser = parserOf(family);
  for (const line of lines) parser.push(line);
  return parser.progress;
}

/** As the server shows a log that is written in pieces. */
function readInPieces(family: Family, lines: readonly string[], cuts: readonly number[]): TaskProgress {
  const parser = parserOf(family);
  const feed = new LogFeed(parser);
  const text = `${lines.join('\n')}\n`;
  const ends = [...cuts.map((cut) => cut % text.length), text.length].sort((a, b) => a - b);
  let read = 0;
  for (const end of [...ends, text.length, text.length]) {
    const seen = text.slice(0, end).replace(/\n$/, '').split('\n');
    const whole = seen.slice(read, -1);
    feed.push(whole, seen.at(-1));
    read += whole.length;
  }
  return parser.progress;
}

it('has a family for every place of the facts, and each is one that is followed', () => {
  for (const { type } of Object.values(families)) expect([type, hasProgress(type)]).toEqual([type, true]);
});

describe.each(Object.entries(families))('a log of %s', (_name, family) => {
  it('gives the same in the end, whatever stands between its lines and wherever it is cut', () => {
    fc.assert(
      fc.property(steps, between, between, fc.array(fc.nat(100_000), { maxLength: 12 }), (sizes, one, two, cuts) => {
        const lines = family.lines(sizes);
        const progress = readWhole(family, lines);
        if (family.end === undefined) expect(progress.fraction).toBeUndefined();
        else expect(progress.fraction).toBeCloseTo(family.end, 1);
        expect(readWhole(family, withNoise(family, lines, one))).toEqual(progress);
        expect(readInPieces(family, withNoise(family, lines, two), cuts)).toEqual(progress);
      }),
      { numRuns: 60 },
    );
  });

  it('never moves its bar back, and gives an ETA that is finite, ordered and not below nothing', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.integer({ min: -3_000, max: 40_000 }), { minLength: 1, maxLength: 9 }),
        (sizes, pauses) => {
          const parser = parserOf(family);
          const forecaster = new Forecaster();
          let [atMs, last] = [0, 0];
          for (const [index, line] of family.lines(sizes).entries()) {
            atMs += pauses[index % pauses.length] ?? 0;
            parser.push(line);
            const progress = forecaster.push({ atMs, wallMs: atMs, progress: parser.progress, facts: parser.facts });
            expect(progress.fraction ?? last).toBeGreaterThanOrEqual(last);
            last = progress.fraction ?? last;
            const [low, high] = progress.etaSeconds ?? [0, 0];
            expect(Number.isFinite(high) && low >= 0 && high >= low).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
