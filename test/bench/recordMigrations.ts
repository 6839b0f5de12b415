// Records live migrations of a real guest as qemu-server would log them, beside what QEMU itself says every 250 ms.
//   node test/bench/recordMigrations.ts [--only TEXT]   writes test/fixtures/migrations/NAME.jsonl
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { prepareGuestImage } from '../../electron/lab/qemu/guestImage.ts';
import { type MigrationInfo, pollMigration } from '../../electron/lab/qemu/migrationPoll.ts';
import { findQemu } from '../../electron/lab/qemu/qemuGuest.ts';
import type { QemuLaunch } from '../../electron/lab/qemu/qemuProcess.ts';
import { prepareQemu } from '../../electron/lab/qemu/qemuSupport.ts';
import { Machine } from '../support/machine.ts';

interface Scenario {
  readonly name: string;
  readonly memoryMib: number;
  /** Memory that holds something and stays as it is. */
  readonly filledMib: number;
  /** Memory that is rewritten all the time, with a pause behind each pass. */
  readonly dirtyMib: number;
  readonly pauseS: number;
  /** What the link carries. */
  readonly limitMib: number;
  /** Where the link is changed while it runs: after so many seconds, to so much. */
  readonly laterMib?: readonly [number, number];
}

const plain = (name: string, memoryMib: number, filledMib: number, limitMib: number): Scenario => ({
  ...{ name, memoryMib, filledMib, limitMib, dirtyMib: 0, pauseS: 1 },
});
const busy = (scenario: Scenario, dirtyMib: number, pauseS: number): Scenario => ({ ...scenario, dirtyMib, pauseS });

const scenarios: readonly Scenario[] = [
  plain('idle-full', 256, 160, 8),
  plain('idle-empty', 512, 0, 4),
  plain('idle-half', 384, 120, 6),
  busy(plain('calm', 256, 100, 8), 8, 4),
  busy(plain('light', 256, 80, 8), 12, 3),
  busy(plain('steady', 256, 60, 8), 24, 5),
  busy(plain('heavy', 256, 40, 10), 40, 2),
  busy(plain('hard', 256, 30, 12), 64, 1),
  busy(plain('never', 256, 30, 6), 64, 0),
  { ...plain('slows', 256, 140, 12), laterMib: [6, 5] },
  { ...plain('speeds', 256, 140, 4), laterMib: [12, 12] },
  { ...busy(plain('slows-busy', 256, 90, 12), 12, 3), laterMib: [5, 6] },
  plain('quick', 256, 100, 20),
  busy(plain('quick-busy', 256, 80, 24), 24, 2),
  plain('long', 256, 180, 4),
];

const folder = join(import.meta.dirname, '../fixtures/migrations');
const { values } = parseArgs({ options: { only: { type: 'string' } } });
const most = { ms: 90_000 }; // one that never ends is cancelled then

const random = (file: string, mib: number) => `dd if=/dev/urandom of=/run/${file} bs=1M count=${mib} 2>/dev/null`;

async function prepare(guest: Machine, scenario: Scenario): Promise<void> {
  await guest.signIn();
  if (scenario.filledMib > 0) {
    await guest.run(
      `mount -o remount,size=90% /run; ${random('kept', scenario.filledMib)}; echo filled-$((6*7))`,
      /filled-42/,
    );
  }
  if (scenario.dirtyMib === 0) return;
  const { dirtyMib, pauseS } = scenario;
  await guest.run(`${random('dirty', dirtyMib)}; echo dirty-$((6*7))`, /dirty-42/);
  const rewrite = `dd if=/dev/urandom of=/run/dirty bs=1M count=${dirtyMib} conv=notrunc 2>/dev/null; sleep ${pauseS}`;
  await guest.run(`while :; do ${rewrite}; done & echo rewriting-$((6*7))`, /rewriting-42/);
}

async function record(scenario: Scenario, launch: QemuLaunch): Promise<void> {
  const source = await Machine.start({ ...launch, memoryMib: scenario.memoryMib });
  let destination: Machine | undefined;
  const events: unknown[] = [];
  try {
    await prepare(source, scenario);
    destination = await Machine.start({ ...launch, memoryMib: scenario.memoryMib, isIncoming: true });
    await destination.ask('migrate-incoming', { uri: 'tcp:127.0.0.1:0' });
    const where = await destination.ask<{ 'socket-address'?: { port: string }[] }>('query-migrate');
    const query = () => source.ask<MigrationInfo>('query-migrate');
    const set = (parameters: Record<string, number>) => source.ask('migrate-set-parameters', parameters);
    await set({ 'max-bandwidth': scenario.limitMib << 20, 'downtime-limit': 100 });
    const startedAt = performance.now();
    const atMs = () => Math.round(performance.now() - startedAt);
    await source.ask('migrate', { uri: `tcp:127.0.0.1:${where['socket-address']?.[0]?.port}` });
    let isOver = false;
    const watch = (async () => {
      let later = scenario.laterMib;
      while (!isOver) {
        const { status, ram } = await query();
        if (ram) {
          const { transferred, remaining, total } = ram;
          const rates = [ram['pages-per-second'] ?? 0, ram['dirty-pages-rate'] ?? 0].map((pages) => pages * 4096);
          events.push({ atMs: atMs(), status, transferred, remaining, total, sent: rates[0], dirtied: rates[1] });
        }
        if (later && atMs() > later[0] * 1000) {
          await set({ 'max-bandwidth': later[1] << 20 });
          later = undefined;
        }
        if (atMs() > most.ms && status === 'active') await source.ask('migrate_cancel');
        await sleep(250);
      }
    })();
    const outcome = await pollMigration({
      query,
      setDowntime: async (ms) => void (await set({ 'downtime-limit': ms })),
      log: (line) => events.push({ atMs: atMs(), line }),
      sleep: (ms) => sleep(ms),
      nowMs: () => Date.now(),
    }).then(
      () => 'completed',
      () => 'cancelled',
    );
    isOver = true;
    await watch;
    const head = { ...scenario, outcome, endMs: atMs() };
    writeFileSync(
      join(folder, `${scenario.name}.jsonl`),
      `${[head, ...events].map((event) => JSON.stringify(event)).join('\n')}\n`,
    );
    console.log(scenario.name, outcome, atMs(), 'ms', events.length, 'events');
  } finally {
    await destination?.dispose();
    await source.dispose();
  }
}

const options = { log: (line: string) => console.log(line) };
const support = await prepareQemu(options);
const image = await prepareGuestImage(options);
const program = findQemu();
if (!support || !image || program === undefined) throw new Error('QEMU is not installed.');
const launch: QemuLaunch = { program, name: 'lab-01', image, memoryMib: 256, accelerator: support.accelerator };
for (const scenario of scenarios) {
  if (values.only !== undefined && !scenario.name.includes(values.only)) continue;
  await record(scenario, launch).catch((error: unknown) => console.error(scenario.name, error));
}
