// Records live migrations of a real guest as qemu-server would log them, beside what QEMU itself says every 250 ms.
//   node test/bench/recordMigrations.ts [--set SET] [--only TEXT]   writes test/fixtures/migrations/NAME.jsonl
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
import { mirrorDisks } from '../support/mirrorDisks.ts';
import { StallingDoor } from '../support/stallingDoor.ts';
import { type Scenario, scenarios } from './migrationScenarios.ts';

const LOOK_MS = 1000;

const folder = join(import.meta.dirname, '../fixtures/migrations');
const { values } = parseArgs({ options: { only: { type: 'string' }, set: { type: 'string' } } });
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
  const { dirtyMib, pauseS, passes = 1 } = scenario;
  await guest.run(`${random('dirty', dirtyMib)}; echo dirty-$((6*7))`, /dirty-42/);
  const pass = `dd if=/dev/urandom of=/run/dirty bs=1M count=${dirtyMib} conv=notrunc 2>/dev/null`;
  const rewrite = [...Array.from({ length: passes }, () => pass), `sleep ${pauseS}`].join('; ');
  await guest.run(`while :; do ${rewrite}; done & echo rewriting-$((6*7))`, /rewriting-42/);
}

/** One migration that is under way. */
class Recorder {
  readonly events: unknown[] = [];
  readonly #source: Machine;
  readonly #scenario: Scenario;
  readonly #door: StallingDoor | undefined;
  readonly #startedAt = performance.now();
  #isOver = false;
  #isCancelled = false;

  constructor(source: Machine, scenario: Scenario, door: StallingDoor | undefined) {
    this.#source = source;
    this.#scenario = scenario;
    this.#door = door;
  }

  get atMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  readonly log = (line: string): void => {
    this.events.push({ atMs: this.atMs, line });
  };

  readonly set = (parameters: Record<string, number>) => this.#source.ask('migrate-set-parameters', parameters);
  readonly query = () => this.#source.ask<MigrationInfo>('query-migrate');

  /** From the start of the memory on. */
  async run(uri: string): Promise<'completed' | 'cancelled'> {
    const memoryAtMs = this.atMs;
    await this.set({ 'max-bandwidth': (this.#scenario.limits[0]?.[1] ?? 1) << 20, 'downtime-limit': 100 });
    await this.#source.ask('migrate', { uri });
    const watching = this.#watch(memoryAtMs);
    const outcome = await pollMigration({
      query: this.query,
      setDowntime: async (ms) => void (await this.set({ 'downtime-limit': ms })),
      log: this.log,
      sleep: (ms) => sleep(ms),
      nowMs: () => Date.now(),
    }).then(
      () => 'completed' as const,
      () => 'cancelled' as const,
    );
    this.#isOver = true;
    await watching;
    return outcome;
  }

  async #watch(memoryAtMs: number): Promise<void> {
    const limits = this.#scenario.limits.slice(1);
    const acts = [...(this.#scenario.acts ?? [])];
    let [stalledAtMs, lookedAtMs] = [0, -LOOK_MS];
    while (!this.#isOver) {
      const passedMs = this.atMs - memoryAtMs;
      if (passedMs - lookedAtMs >= LOOK_MS) {
        lookedAtMs = passedMs;
        await this.#look(passedMs);
      }
      while (limits[0] && passedMs > limits[0][0] * 1000)
        await this.set({ 'max-bandwidth': (limits.shift()?.[1] ?? 1) << 20 });
      while (acts[0] && passedMs > acts[0][0] * 1000)
        await this.#source.run(`${acts.shift()?.[1] ?? ''} echo did-$((6*7))`, /did-42/);
      if (this.#door?.isStalled && stalledAtMs === 0) stalledAtMs = passedMs;
      if (stalledAtMs > 0 && passedMs > stalledAtMs + (this.#scenario.stall?.seconds ?? 0) * 1000) this.#door?.goOn();
      await sleep(100);
    }
  }

  async #look(passedMs: number): Promise<void> {
    const { status, ram } = await this.query();
    if (ram) {
      const { transferred, remaining, total } = ram;
      const [sent, dirtied] = [ram['pages-per-second'] ?? 0, ram['dirty-pages-rate'] ?? 0].map((pages) => pages * 4096);
      this.events.push({ atMs: this.atMs, status, transferred, remaining, total, sent, dirtied });
    }
    if (passedMs < most.ms || status !== 'active' || this.#isCancelled) return;
    this.#isCancelled = true;
    await this.#source.ask('migrate_cancel');
  }
}

async function record(scenario: Scenario, launch: QemuLaunch): Promise<void> {
  const source = await Machine.start({ ...launch, memoryMib: scenario.memoryMib });
  let destination: Machine | undefined;
  let door: StallingDoor | undefined;
  try {
    await prepare(source, scenario);
    destination = await Machine.start({ ...launch, memoryMib: scenario.memoryMib, isIncoming: true });
    await destination.ask('migrate-incoming', { uri: 'tcp:127.0.0.1:0' });
    const where = await destination.ask<{ 'socket-address'?: { port: string }[] }>('query-migrate');
    let port = Number(where['socket-address']?.[0]?.port);
    if (scenario.stall) {
      door = await StallingDoor.open(port, scenario.stall.afterMib << 20);
      port = door.port;
    }
    const capabilities = (scenario.capabilities ?? []).map((capability) => ({ capability, state: true }));
    for (const machine of [source, destination]) await machine.ask('migrate-set-capabilities', { capabilities });
    const recorder = new Recorder(source, scenario, door);
    recorder.log("2026-11-21 08:00:00 starting VM 100 on remote node 'pve2'");
    if (scenario.disks) await mirrorDisks(source, destination, scenario.disks, recorder.log);
    const outcome = await recorder.run(`tcp:127.0.0.1:${port}`);
    const head = { ...scenario, outcome, endMs: recorder.atMs };
    writeFileSync(
      join(folder, `${scenario.name}.jsonl`),
      `${[head, ...recorder.events].map((event) => JSON.stringify(event)).join('\n')}\n`,
    );
    console.log(scenario.name, outcome, recorder.atMs, 'ms', recorder.events.length, 'events');
  } finally {
    await door?.close();
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
  if (scenario.set !== (values.set ?? scenario.set)) continue;
  await record(scenario, launch).catch((error: unknown) => console.error(scenario.name, error));
}
