import { describe, expect, it } from 'vitest';

import { Forecaster } from '../../../shared/codec/task/forecaster.ts';
import { type LogHints, LogParser } from '../../../shared/codec/task/logParser.ts';
import { judgeRecording } from '../../support/judgeRecording.ts';
import { readRecordings } from '../../support/migrationRecording.ts';

/** Plays lines, one a second, and looks at each. */
function play(type: string, lines: readonly (string | undefined)[], hints: LogHints = {}) {
  const parser = new LogParser(type, hints);
  const forecaster = new Forecaster();
  return lines.map((line, second) => {
    if (line !== undefined) parser.push(line);
    const atMs = second * 1000;
    return forecaster.push({ atMs, wallMs: 1e12 + atMs, progress: parser.progress, facts: parser.facts });
  });
}

const ram = (sentMib: number, rate: string, dirty = '') =>
  `2026-03-01 10:15:08 migration active, transferred ${sentMib}.0 MiB of 8.0 GiB VM-state, ${rate}${dirty}`;
const backup = (percent: number) =>
  `INFO: ${percent}% (${(percent * 0.32).toFixed(1)} GiB of 32.0 GiB) in ${percent}s, read: 327.7 MiB/s, write: 0 B/s`;

describe('the forecast of a live migration', () => {
  const seconds = (count: number) => Array.from({ length: count }, (_, second) => second);

  it('says that it finishes while nothing speaks against it', () => {
    const last = play(
      'qmigrate',
      seconds(6).map((second) => ram(512 * second, '512.0 MiB/s')),
    ).at(-1);
    expect(last?.forecast).toMatchObject({ kind: 'finishes', options: [] });
    expect(last?.forecast?.sentence).toBe(
      'Should finish: the link carries 512 MiB/s. What the guest dirties shows once all of it went over.',
    );
    expect(last?.etaSeconds?.[1]).toBeGreaterThanOrEqual(11);
  });

  it('awaits the memory behind the disks, where it knows how much there is, and says nothing where it does not', () => {
    const disk = (second: number) =>
      `drive-scsi0: transferred ${second}.0 GiB of 100.0 GiB (${second}.00%) in ${second}s`;
    const lines = ["2026-03-01 10:15:02 starting VM 100 on remote node 'pve2'", ...seconds(20).map(disk)];
    expect(play('qmigrate', lines).at(-1)?.etaSeconds).toBeUndefined();
    const [low, high] = play('qmigrate', lines, { memoryBytes: 64 * 2 ** 30 }).at(-1)?.etaSeconds ?? [];
    expect(low).toBeGreaterThan(60); // 81 GiB of the disk at 1 GiB a second, and some memory
    expect(low).toBeLessThan(81);
    expect(high).toBeGreaterThan(81 + 64);
  });

  it('waits for the slowest of several disks', () => {
    const lines = seconds(20).flatMap((second) => [
      `drive-scsi0: transferred ${second}.0 GiB of 100.0 GiB (${second}.00%) in ${second}s`,
      `drive-scsi1: transferred ${second * 4}.0 GiB of 80.0 GiB (${second * 5}.00%) in ${second}s`,
    ]);
    const [low, high] = play('qmigrate', lines).at(-1)?.etaSeconds ?? [];
    expect(low).toBeLessThan(81);
    expect(high).toBeGreaterThan(81);
  });

  it('says in a plain sentence that it will not, with both rates and what can be done', () => {
    const lines = seconds(8).map((second) =>
      ram(455 * second, '455.0 MiB/s', second < 4 ? '' : ', VM dirties lots of memory: 910.0 MiB/s'),
    );
    const last = play('qmigrate', ['2026-03-01 10:15:06 migration speed limit: 500.0 MiB/s', ...lines]).at(-1);
    expect(last?.forecast?.kind).toBe('never');
    expect(last?.forecast?.sentence).toBe('The guest dirties 910 MiB/s, the link carries 455 MiB/s.');
    expect(last?.forecast?.options[0]).toBe('raise its limit of 500 MiB/s');
    expect(last?.etaSeconds).toBeUndefined();
  });

  it('says that nothing moves, since when, and takes it back', () => {
    const moving = seconds(5).map((second) => ram(512 * second, '512.0 MiB/s'));
    const looks = play('qmigrate', [...moving, ...Array.from<undefined>({ length: 12 }), ram(2600, '512.0 MiB/s')]);
    expect(looks.at(-3)).toMatchObject({ bytesPerSecond: 0, forecast: { kind: 'stalled' } });
    expect(looks.at(-3)?.parts?.[0]?.bytesPerSecond).toBe(0);
    expect(looks.at(-3)?.stalledSinceMs).toBe(1e12 + 4000);
    expect(looks.at(-3)?.etaSeconds).toBeUndefined();
    expect(looks.at(-1)?.stalledSinceMs).toBeUndefined();
    expect(looks.at(-1)?.forecast?.kind).toBe('finishes');
  });

  it('tells the downtime when it is over', () => {
    const last = play('qmigrate', [
      ram(100, '512.0 MiB/s'),
      '2026-03-01 10:15:20 average migration speed: 455.6 MiB/s - downtime 64 ms',
    ]).at(-1);
    expect(last?.forecast).toMatchObject({ downtimeMs: [64, 64], sentence: 'The guest stood still for 64 ms.' });
  });
});

it('does not take a copy for stalled that never tells how far it is', () => {
  const begin = [
    'starting file import from: /var/tmp/x',
    'calculating checksum...',
    'command: cp -- /var/tmp/x /var/lib/y',
  ];
  const looks = play('imgcopy', [...begin, ...Array.from({ length: 120 }, () => undefined)]);
  expect(new Set(looks.map(({ phase }) => phase)).size).toBeGreaterThan(1);
  expect(looks.filter(({ stalledSinceMs, forecast }) => stalledSinceMs !== undefined || forecast)).toEqual([]);
});

it('does not take a task for stalled that only seldom tells how far it is', () => {
  const every = (pause: number) =>
    [1, 2, 3, 4].flatMap((percent) => [backup(percent), ...Array.from<undefined>({ length: pause })]);
  expect(play('vzdump', every(60)).some((look) => look.stalledSinceMs !== undefined && look.fraction !== 0.01)).toBe(
    false,
  );
});

it('gives a backup that runs evenly an ETA that holds', () => {
  const looks = play(
    'vzdump',
    Array.from({ length: 60 }, (_, second) => backup(second)),
  );
  for (const [second, look] of looks.entries()) {
    if (!look.etaSeconds) continue;
    expect(look.etaSeconds[0]).toBeLessThanOrEqual(100 - second);
    expect(look.etaSeconds[1]).toBeGreaterThanOrEqual(100 - second);
  }
  expect(looks[20]?.etaSeconds).toBeDefined();
});

describe('over recorded migrations of a real guest', () => {
  const recordings = readRecordings();

  it('holds the true end in nine of ten looks at those that ended', () => {
    for (const set of ['tuned', 'held-out', 'confirming']) {
      const ended = recordings.filter((recording) => recording.set === set && recording.outcome === 'completed');
      expect(ended.length).toBeGreaterThan(8);
      const looks = ended.flatMap((recording) => judgeRecording(recording)).filter((look) => look.etaSeconds);
      expect(looks.length).toBeGreaterThan(150);
      expect([set, looks.filter((look) => look.isHeld).length / looks.length > 0.9]).toEqual([set, true]);
    }
  });

  it('says of those that never ended that they will not, and of no other', () => {
    for (const recording of recordings) {
      const kinds = judgeRecording(recording).map((look) => look.kind);
      expect([recording.name, kinds.includes('never')]).toEqual([recording.name, recording.outcome === 'cancelled']);
    }
  });

  it('shows what QEMU itself says was sent', () => {
    for (const recording of recordings) {
      const at = ((recording.truth[0]?.atMs ?? 0) + recording.endMs) / 2; // in the middle of its memory
      const { parts } = judgeRecording(recording, [at / recording.endMs])[0]?.progress ?? {};
      const told = parts?.find(({ name }) => name === 'Memory')?.doneBytes ?? 0;
      const true_ = recording.truth.findLast((look) => look.atMs <= at - 500)?.transferred ?? 0;
      const before = recording.truth.findLast((look) => look.atMs <= at - 4000)?.transferred ?? 0;
      const after = recording.truth.find((look) => look.atMs >= at + 1500)?.transferred ?? 0;
      expect(true_).toBeGreaterThan(0);
      if (told < recording.memoryMib * 2 ** 20) expect(told).toBeGreaterThanOrEqual(before * 0.98);
      expect(told).toBeLessThanOrEqual(after * 1.02);
    }
  });
});
