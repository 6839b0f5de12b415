import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { prepareGuestImage } from '../../electron/lab/qemu/guestImage.ts';
import { findQemu } from '../../electron/lab/qemu/qemuGuest.ts';
import type { QemuLaunch } from '../../electron/lab/qemu/qemuProcess.ts';
import { prepareQemu } from '../../electron/lab/qemu/qemuSupport.ts';
import { eventually } from '../support/eventually.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { Machine } from '../support/machine.ts';
import { RelayChild } from '../support/relayChild.ts';
import { StallingDoor } from '../support/stallingDoor.ts';

const MIB = 2 ** 20;
const stallMs = Number(process.env['SLUICE_MIGRATION_STALL_MS'] ?? 10_000); // 60000 when there is time
const stallAfterBytes = 8 * MIB; // in the middle of the guest's memory
const windowBytes = MIB;
const mostHeldBytes = windowBytes + (64 << 10); // and one read of a socket
const mostGrowthBytes = 8 * MIB;
const sampleMs = 250;
const keptMib = 8;
const dirtyMib = 32;

interface MigrationState {
  readonly status?: string;
  readonly ram?: { readonly transferred: number };
  readonly 'socket-address'?: readonly { readonly port: string }[];
}

const stateOf = (machine: Machine) => machine.ask<MigrationState>('query-migrate');
const isRunning = async (machine: Machine) => (await machine.ask<{ running: boolean }>('query-status')).running;

/** Tells a destination to take a guest over, and gives the port it chose. */
async function awaitGuest(machine: Machine): Promise<number> {
  await machine.ask('migrate-incoming', { uri: 'tcp:127.0.0.1:0' });
  return Number((await stateOf(machine))['socket-address']?.[0]?.port);
}

const guestFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`sluice-guest-${process.pid}-`));

/** Processes that this very process started and that still run. */
function ownChildren(): string[] {
  const list = execFileSync('ps', ['-o', 'comm=,stat=', '--ppid', String(process.pid)]).toString();
  return list.split('\n').filter((line) => /^(qemu|node)/.test(line) && !/\sZ/.test(line));
}

const isInstalled = findQemu() !== undefined;
if (!isInstalled) console.warn('skipped: qemu-system-x86_64 is not installed (Debian: qemu-system-x86)');

describe.skipIf(!isInstalled)('a live migration through the relay', () => {
  checkLeaks();
  const ends: (() => Promise<void>)[] = [];
  let launch: QemuLaunch;

  beforeAll(async () => {
    const log: string[] = [];
    const options = { log: (line: string) => void log.push(line) };
    const support = await prepareQemu(options);
    const image = await prepareGuestImage(options);
    if (!support || !image) throw new Error(`QEMU is installed, but there is no guest image: ${log.join('; ')}`);
    const program = findQemu() ?? '';
    launch = { program, name: 'lab-01', image, memoryMib: 160, accelerator: support.accelerator };
  });

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  afterAll(() => {
    expect(ownChildren()).toEqual([]);
    expect(guestFolders()).toEqual([]);
  });

  async function start(incoming: { isIncoming?: true } = {}): Promise<Machine> {
    const machine = await Machine.start({ ...launch, ...incoming });
    ends.push(() => machine.dispose());
    return machine;
  }

  async function startRelay(toPort: number): Promise<RelayChild> {
    const ports = ['--listen', 'tcp://127.0.0.1:0', '--to', `tcp://127.0.0.1:${toPort}`];
    const relay = await RelayChild.start([...ports, '--window', String(windowBytes), '--stats', '0.1']);
    ends.push(() => relay.end());
    return relay;
  }

  async function openDoor(toPort: number): Promise<StallingDoor> {
    const door = await StallingDoor.open(toPort, stallAfterBytes);
    ends.push(() => door.close());
    return door;
  }

  /** Memory that must arrive as it is, and memory that is rewritten all the time. Gives the sum of the first. */
  async function fillMemory(guest: Machine): Promise<string> {
    await guest.signIn();
    const random = (file: string, mib: number) => `dd if=/dev/urandom of=/run/${file} bs=1M count=${mib} 2>/dev/null`;
    await guest.run(`${random('kept', keptMib)}; ${random('dirty', dirtyMib)}; echo filled-$((6*7))`, /filled-42/);
    const rewrite = `dd if=/dev/urandom of=/run/dirty bs=1M count=${dirtyMib} conv=notrunc 2>/dev/null`;
    await guest.run(`while :; do ${rewrite}; done & echo rewriting-$((6*7))`, /rewriting-42/);
    return guest.run('md5sum /run/kept', /[0-9a-f]{32} {2}\/run\/kept/);
  }

  /** Looks at everything while nothing moves. */
  async function watchStall(source: Machine, relay: RelayChild) {
    const states: MigrationState[] = [];
    const rssBytes: number[] = [];
    const untilMs = performance.now() + stallMs;
    while (performance.now() < untilMs) {
      states.push(await stateOf(source));
      rssBytes.push(relay.rssBytes());
      await sleep(sampleMs);
    }
    return { states, rssBytes, stats: relay.stats };
  }

  it(`holds no more than its windows while the destination stalls for ${stallMs / 1000} s, then loses nothing`, {
    timeout: 180_000 + stallMs,
  }, async () => {
    const source = await start();
    const kept = await fillMemory(source);
    const destination = await start({ isIncoming: true });
    const door = await openDoor(await awaitGuest(destination));
    const relay = await startRelay(door.port);
    const idleBytes = relay.rssBytes();

    // With no downtime allowed it cannot take its last step into the stall, in which QEMU answers nobody.
    await source.ask('migrate-set-parameters', { 'max-bandwidth': 2 ** 31, 'downtime-limit': 1 });
    await source.ask('migrate', { uri: `tcp:127.0.0.1:${relay.port}` });
    await eventually(() => door.isStalled, 'the stall');
    const before = door.bytes;
    const stall = await watchStall(source, relay);

    expect(door.bytes).toBe(before);
    expect(new Set(stall.states.map(({ status }) => status))).toEqual(new Set(['active']));
    const halfTime = stall.states[stall.states.length >> 1];
    expect(stall.states.at(-1)?.ram?.transferred).toBe(halfTime?.ram?.transferred); // it does stand still
    expect(await isRunning(source)).toBe(true);
    expect(await isRunning(destination)).toBe(false);
    expect(stall.stats.at(-1)?.up.paused).toBe(true);
    for (const { up, down } of stall.stats) {
      expect(up.heldBytes).toBeLessThanOrEqual(mostHeldBytes);
      expect(down.heldBytes).toBeLessThanOrEqual(mostHeldBytes);
    }
    expect(Math.max(...stall.rssBytes) - idleBytes).toBeLessThanOrEqual(mostGrowthBytes);

    door.goOn();
    await source.ask('migrate-set-parameters', { 'downtime-limit': 5_000 }); // a busy machine shall converge too
    await eventually(async () => (await stateOf(source)).status === 'completed', 'the end of the migration');
    await eventually(() => isRunning(destination), 'the guest on the destination');
    expect(await isRunning(source)).toBe(false);
    await destination.run('echo alive-$((6*7))', /alive-42/);
    expect(await destination.run('md5sum /run/kept', /[0-9a-f]{32} {2}\/run\/kept/)).toBe(kept);
    await destination.run('kill -0 $! && echo rewriting-$((6*7))', /rewriting-42/);
    await eventually(() => relay.closed.length > 0, 'the end of the relay');
    expect(relay.closed[0]).toMatchObject({ reason: 'ended', up: { bytes: door.bytes, heldBytes: 0 } });
  });
});
