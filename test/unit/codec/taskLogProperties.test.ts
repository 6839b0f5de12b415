import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Forecaster } from '../../../shared/codec/task/forecaster.ts';
import { LogFeed } from '../../../shared/codec/task/logFeed.ts';
import { LogParser } from '../../../shared/codec/task/logParser.ts';

const size = (mib: number) => (mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib}.0 MiB`);

/** One disk from nothing to its end. */
const disk = fc.record({
  at: fc.nat(3),
  steps: fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 8 }),
});

function mirrorLines({ at, steps }: { at: number; steps: readonly number[] }): string[] {
  const total = steps.reduce((sum, step) => sum + step, 0);
  let done = 0;
  return steps.map((step, second) => {
    done += step;
    const ready = done === total ? ', ready' : '';
    const percent = ((done / total) * 100).toFixed(2);
    return `drive-scsi${at}: transferred ${size(done)} of ${size(total)} (${percent}%) in ${second + 1}s${ready}`;
  });
}

const noise = fc.oneof(
  fc.constantFrom(
    'tunnel: -> sending command "bwlimit" to remote',
    '2026-03-01 10:15:02 mapped: net0 from vmbr0 to vmbr1',
    '2026-03-01 10:15:06 set migration capabilities',
  ),
  fc.string(),
);

/** Joins streams in some order that keeps each one's own. */
function interleave(streams: readonly (readonly string[])[], picks: readonly number[]): string[] {
  const left = streams.map((stream) => [...stream]).filter((stream) => stream.length > 0);
  const all: string[] = [];
  for (let turn = 0; left.length > 0; turn += 1) {
    const at = (picks[turn % picks.length] ?? 0) % left.length;
    all.push(left[at]?.shift() ?? '');
    if (left[at]?.length === 0) left.splice(at, 1);
  }
  return all;
}

const end = [
  '2026-03-01 10:17:08 migration active, transferred 2.0 GiB of 8.0 GiB VM-state, 512.0 MiB/s',
  '2026-03-01 10:17:08 migration completed, transferred 4.0 GiB VM-state',
  '2026-03-01 10:17:09 migration finished successfully (duration 00:02:23)',
];

function readWhole(lines: readonly string[]) {
  const parser = new LogParser('qmigrate');
  for (const line of lines) parser.push(line);
  return parser.progress;
}

/** As the server shows a log that is written in pieces: each look sees whole lines and perhaps half of the next. */
function readInPieces(lines: readonly string[], cuts: readonly number[]) {
  const parser = new LogParser('qmigrate');
  const feed = new LogFeed(parser);
  const text = `${lines.join('\n')}\n`;
  const ends = [...cuts.map((cut) => cut % text.length), text.length].sort((a, b) => a - b);
  let read = 0;
  for (const at of [...ends, text.length, text.length]) {
    const seen = text.slice(0, at).replace(/\n$/, '').split('\n');
    const whole = seen.slice(read, -1);
    feed.push(whole, seen.at(-1));
    read += whole.length;
  }
  return parser.progress;
}

const streams = fc.tuple(
  fc.uniqueArray(disk, { minLength: 1, maxLength: 3, selector: ({ at }) => at }),
  fc.array(noise, { maxLength: 6 }),
);
const picks = fc.array(fc.nat(9), { minLength: 1, maxLength: 40 });

describe('any log', () => {
  it('gives the same in the end, however its lines are interleaved and cut', () => {
    fc.assert(
      fc.property(
        streams,
        picks,
        picks,
        fc.array(fc.nat(100_000), { maxLength: 12 }),
        ([disks, other], one, two, cuts) => {
          const parts = [...disks.map(mirrorLines), other.filter((line) => !line.includes('\n'))];
          const first = [...interleave(parts, one), ...end];
          const second = [...interleave(parts, two), ...end];
          const progress = readWhole(first);
          expect(progress.fraction).toBe(1);
          expect(readWhole(second)).toEqual(progress);
          expect(readInPieces(first, cuts)).toEqual(progress);
        },
      ),
    );
  });

  it('gives the same bytes of every disk where it ends early', () => {
    fc.assert(
      fc.property(streams, picks, picks, fc.nat(20), ([disks], one, two, cut) => {
        const parts = disks.map((each) => mirrorLines(each).slice(0, 1 + (cut % each.steps.length)));
        const [a, b] = [readWhole(interleave(parts, one)), readWhole(interleave(parts, two))];
        const numbers = ({ parts: all, doneBytes, totalBytes, bytesPerSecond }: typeof a) => ({
          all,
          doneBytes,
          totalBytes,
          bytesPerSecond,
        });
        expect(numbers(b)).toEqual(numbers(a));
      }),
    );
  });
});

const anyLine = fc.oneof(
  fc
    .tuple(fc.nat(2), fc.nat(64), fc.nat(64), fc.nat(600))
    .map(([at, a, b, s]) => `drive-scsi${at}: transferred ${a}.0 GiB of ${b}.0 GiB (1.00%) in ${s}s`),
  fc
    .tuple(fc.nat(64), fc.nat(64), fc.nat(900), fc.nat(900))
    .map(
      ([a, b, v, d]) =>
        `2026-03-01 10:15:08 migration active, transferred ${a}.0 GiB of ${b}.0 GiB VM-state, ${v}.0 MiB/s, VM dirties lots of memory: ${d}.0 MiB/s`,
    ),
  fc.nat(99).map((a) => `2026-03-01 10:15:30 total estimated size is ${a}G`),
  fc.nat(99).map((a) => `10:15:31   ${a}G   rpool/data/vm-100-disk-0@x`),
  fc.tuple(fc.nat(9e9), fc.nat(900)).map(([bytes, s]) => `${bytes} bytes (1.1 GB, 1 GiB) copied, ${s} s, ${s} MB/s`),
  fc.nat(120).map((percent) => `INFO: ${percent}% (1.1 GiB of 32.0 GiB) in 3s, read: 375.9 MiB/s, write: 0 B/s`),
  fc.nat(120).map((percent) => `progress ${percent}% (read 4123000832 bytes, duration ${percent % 3} sec)`),
  fc.nat(120).map((percent) => `  ${percent}K ........ ........ ........ ........  ${percent}% 51.2M 31s`),
  fc.nat(120).map((percent) => `Exporting image: ${percent}% complete...`),
  fc.constantFrom(
    'INFO: starting new backup job: vzdump 100 101 --storage pbs',
    'INFO: Starting Backup of VM 100 (qemu)',
    'INFO: Finished Backup of VM 100 (00:02:50)',
    "found local disk 'a:b' (attached)",
    "starting VM 100 on remote node 'pve2'",
    'drive-scsi0: mirror-job finished',
    'restore proxmox backup image: x',
    'restore image complete (x',
  ),
  fc.string(),
);
const anyType = fc.constantFrom('qmigrate', 'vzmigrate', 'vzdump', 'qmrestore', 'qmclone', 'download', 'replication');

it('never moves a bar back, the whole or one of its parts, whatever comes', () => {
  fc.assert(
    fc.property(anyType, fc.array(anyLine, { maxLength: 40 }), (type, lines) => {
      const parser = new LogParser(type);
      let last = 0;
      const parts = new Map<string, number>();
      for (const line of lines) {
        parser.push(line);
        const { fraction } = parser.progress;
        if (fraction !== undefined) {
          expect(fraction).toBeGreaterThanOrEqual(last);
          expect(fraction).toBeLessThanOrEqual(1);
          last = fraction;
        }
        for (const part of parser.progress.parts ?? []) {
          expect(part.fraction ?? 0).toBeGreaterThanOrEqual(parts.get(part.name) ?? 0);
          parts.set(part.name, part.fraction ?? 0);
        }
      }
    }),
  );
});

it('gives an ETA that is finite, not below nothing, and in order, whatever comes and when', () => {
  fc.assert(
    fc.property(
      anyType,
      fc.array(fc.tuple(anyLine, fc.integer({ min: -5_000, max: 90_000 })), { maxLength: 40 }),
      (type, steps) => {
        const parser = new LogParser(type);
        const forecaster = new Forecaster();
        let atMs = 0;
        for (const [line, passedMs] of steps) {
          atMs += passedMs;
          parser.push(line);
          const progress = forecaster.push({ atMs, wallMs: atMs, progress: parser.progress, facts: parser.facts });
          const [low, high] = progress.etaSeconds ?? [0, 0];
          expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeGreaterThanOrEqual(low);
          for (const number of [progress.bytesPerSecond, progress.remainingBytes]) {
            if (number !== undefined) expect(number).toBeGreaterThanOrEqual(0);
          }
        }
      },
    ),
  );
});

it('is not changed by a line it does not know, nor twice by one that it does', () => {
  fc.assert(
    fc.property(anyType, fc.array(anyLine, { maxLength: 12 }), anyLine, (type, lines, line) => {
      const parser = new LogParser(type);
      for (const each of lines) parser.push(each);
      const before = structuredClone(parser.progress);
      if (!parser.push(line)) {
        expect(parser.progress).toEqual(before);
        return;
      }
      const once = structuredClone(parser.progress);
      parser.push(line);
      expect(parser.progress).toEqual(once);
    }),
  );
});
