// The page, and all of the program, killed with -9 at random moments while uploads, a download and servers' tasks are
// under way. `SLUICE_KILLS` runs of each; `SLUICE_KILL_SEED` has the moments of an earlier run again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type AppKind, expect, test } from './fixtures/app.ts';
import { type KilledApp, openKilledApp } from './fixtures/killedApp.ts';
import { KillBench, seeded } from './fixtures/killBench.ts';
import type { Lab } from '../../electron/lab/lab.ts';
import { Xvfb } from '../support/xvfb.ts';

const runs = Number(process.env.SLUICE_KILLS ?? 1);
const seed = Number(process.env.SLUICE_KILL_SEED ?? Math.floor(Math.random() * 1e9));
const MOST_DELAY_MS = 4_500; // a bit longer than all of it takes
const RUN_MS = 60_000;
const MANY_RUNS = 10;
const FINAL = /^(done|interrupted|failed)$/;

test.use({
  labOptions: { life: false, qemu: false, hasBackupStorage: true, quirks: { taskPace: 0.2, authDelayMs: 0 } },
});
test.describe.configure({ timeout: (runs + 1) * RUN_MS });

async function withBench(
  kind: AppKind,
  lab: Lab,
  work: (bench: KillBench, open: () => Promise<KilledApp>) => Promise<void>,
) {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-killed-'));
  const dataDir = kind === 'electron' ? join(dir, 'data') : join(dir, 'config', 'sluice');
  // Its own, which survives that its last window is killed: the display of all tests does not always.
  const display = kind === 'electron' && process.platform === 'linux' ? await Xvfb.start() : undefined;
  const bench = await KillBench.open(lab, { dir, dataDir });
  console.log(`${runs} kills, SLUICE_KILL_SEED=${seed}`);
  try {
    const open = () => openKilledApp(kind, kind === 'electron' ? dataDir : join(dir, 'config'), display?.display);
    await work(bench, open);
  } finally {
    await bench.close();
    await display?.close();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** It has begun, and everything is under way for a random while. */
async function begin(bench: KillBench, run: number, random: () => number): Promise<void> {
  await expect
    .poll(async () => (await bench.kept(run)).some(({ state }) => state !== 'queued'), { timeout: 20_000 })
    .toBe(true);
  await new Promise((resolve) => setTimeout(resolve, random() * MOST_DELAY_MS));
}

async function untilCurveIsKept(bench: KillBench): Promise<void> {
  const counts = async () => Promise.all(bench.runningUpids().map((upid) => bench.samplesOf(upid)));
  await expect.poll(async () => (await counts()).some(({ length }) => length > 0), { timeout: 30_000 }).toBe(true);
}

/** The list shows every task that ran before and runs still, and what became of each transfer, as it is kept. */
async function checkShown(app: KilledApp, bench: KillBench, run: number, before: readonly string[]): Promise<void> {
  const words = { done: 'finished', interrupted: 'interrupted', failed: 'failed' } as const;
  await expect
    .poll(async () => (await bench.kept(run)).filter(({ state }) => !FINAL.test(state)).map(({ name }) => name), {
      timeout: 30_000,
      message: 'transfers that are not over',
    })
    .toEqual([]);
  const transfers = await bench.kept(run);
  expect(transfers).toHaveLength(3);
  const wanted = transfers.map(({ kind, name, state }) => {
    return `${kind === 'upload' ? 'Upload' : 'Download'} ${name}, ${words[state as keyof typeof words]}`;
  });
  await expect
    .poll(
      async () => {
        const rows = await app.rows();
        const running = rows.filter((row) => row.startsWith('Migrate ') && row.endsWith(', running')).length;
        const still = bench.runningUpids().filter((upid) => before.includes(upid)).length;
        return { missing: wanted.filter((row) => !rows.includes(row)), isFound: running >= still };
      },
      { timeout: 20_000, message: 'what the list shows' },
    )
    .toEqual({ missing: [], isFound: true });
  expect(await bench.problems(run)).toEqual([]);
  expect(bench.leftBehind()).toEqual([]);
}

test('a killed page comes back to everything that goes on, and nothing is lost by it', async ({ kind, lab }) => {
  const random = seeded(seed);
  const states = new Map<string, number>();
  await withBench(kind, lab, async (bench, open) => {
    for (let run = 0; run < runs; run += 1) {
      await bench.queue(run);
      await bench.startTasks();
      const app = await open();
      try {
        await app.signIn(lab.password);
        await begin(bench, run, random);
        const tasks = bench.runningUpids();
        for (const { state } of await bench.kept(run)) states.set(state, (states.get(state) ?? 0) + 1);
        await app.killPage();
        await checkShown(app, bench, run, tasks);
        // It is the engine's work: no page's end interrupts it.
        const broken = (await bench.kept(run)).filter(({ state }) => state !== 'done');
        expect(broken.map(({ name, state, error }) => `${name} ${state}: ${error?.message}`)).toEqual([]);
      } finally {
        await app.close();
      }
    }
  });
  console.log(`killed while transfers were ${[...states].map(([state, count]) => `${count} ${state}`).join(', ')}`);
});

test('all of the program is killed; when it starts again nothing is claimed that is not so, and tasks go on', async ({
  kind,
  lab,
}) => {
  const random = seeded(seed + 1);
  const states = new Map<string, number>();
  await withBench(kind, lab, async (bench, open) => {
    let continued = 0;
    for (let run = 0; run < runs; run += 1) {
      await bench.queue(run);
      await bench.startTasks();
      const first = await open();
      await first.signIn(lab.password);
      await begin(bench, run, random);
      if (run === 0) await untilCurveIsKept(bench); // later ones are killed before that, too
      const tasks = bench.runningUpids();
      await first.killAll(random);
      const killedAtMs = Date.now();
      for (const { state } of await bench.kept(run)) states.set(state, (states.get(state) ?? 0) + 1);
      expect(await bench.problems(run)).toEqual([]);
      const again = await open();
      try {
        await again.signIn(lab.password);
        await checkShown(again, bench, run, tasks);
        for (const upid of bench.runningUpids().filter((one) => tasks.includes(one))) {
          if (!(await bench.samplesOf(upid)).some(({ atMs }) => atMs < killedAtMs)) continue;
          const isGoingOn = async () => (await bench.samplesOf(upid)).some(({ atMs }) => atMs > killedAtMs);
          const isOver = () => !bench.runningUpids().includes(upid);
          await expect.poll(async () => isOver() || (await isGoingOn()), { timeout: 30_000 }).toBe(true);
          expect((await bench.samplesOf(upid)).some(({ atMs }) => atMs < killedAtMs)).toBe(true);
          continued += 1;
        }
      } finally {
        await again.close();
      }
    }
    console.log(`${continued} curves went on behind the kill`);
    if (runs >= MANY_RUNS) expect(continued).toBeGreaterThan(0); // in one run all tasks may be over by then
  });
  console.log(`killed while transfers were ${[...states].map(([state, count]) => `${count} ${state}`).join(', ')}`);
});
