import { afterEach, expect, it } from 'vitest';

import type { ConsoleStatus } from '../../../shared/model/console.ts';
import { EngineBench, type PageState } from '../../support/engineBench.ts';
import { FarAway, farAwayMissing } from '../../support/farAway.ts';
import { type Cutter, haproxyMissing, startCutter } from '../../support/haproxy.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { OpenedConsole } from '../../support/openedConsole.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const opened: OpenedConsole[] = [];
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const console of opened.splice(0)) console.dispose();
  for (const close of closing.splice(0).reverse()) await close();
});

async function startBench(): Promise<EngineBench> {
  const bench = await EngineBench.start({ life: false });
  closing.push(() => bench.close());
  return bench;
}

function open(state: PageState, guestId = 'qemu/100'): OpenedConsole {
  const console = new OpenedConsole(state, guestId);
  opened.push(console);
  return console;
}

/** A page signed in by way of something that stands in front of the lab. */
async function signedInVia(bench: EngineBench, address: string): Promise<PageState> {
  const state = await bench.open();
  await bench.login(state.page, bench.lab, address);
  await until(() => state.guests.size > 0, 'the list of guests');
  return state;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const limitSeconds = 3;
it.skipIf(haproxyMissing !== undefined)(
  `learns from two lost consoles what cuts silence, says so, and still knows after a restart${note(haproxyMissing)}`,
  { timeout: 60_000 },
  async () => {
    const bench = await startBench();
    const proxy: Cutter = await startCutter('tcp', limitSeconds, Number(bench.lab.address.split(':')[1]));
    closing.push(() => proxy.close());
    const state = await signedInVia(bench, proxy.address);
    const console = open(state);
    await until(() => console.losses.length === 2 && console.isOpen, 'the third tunnel', 20_000);
    expect(new Set(console.channels).size).toBe(3);
    await until(() => state.meters?.relays[0]?.idleLimitMs !== undefined, 'the meter');
    const { idleLimitMs = 0, heartbeatMs = 0 } = state.meters?.relays[0] ?? {};
    expect(Math.abs(idleLimitMs - limitSeconds * 1000)).toBeLessThan(500);
    expect(heartbeatMs).toBeLessThan(idleLimitMs * 0.7);
    await wait(limitSeconds * 1600);
    expect(console.losses).toHaveLength(2);
    console.dispose();

    await bench.restart();
    const after = await signedInVia(bench, proxy.address);
    const again = open(after);
    await until(() => after.meters?.relays[0]?.idleLimitMs === idleLimitMs, 'the meter');
    await wait(limitSeconds * 1600);
    expect(again.losses).toEqual([]);
  },
);

it.skipIf(farAwayMissing !== undefined)(
  `replaces the tunnel of a console whose server vanished, with a new ticket, once it is back${note(farAwayMissing)}`,
  { timeout: 60_000 },
  async () => {
    const bench = await startBench();
    const away = await FarAway.to(Number(bench.lab.address.split(':')[1]));
    closing.push(() => away.close());
    await bench.documents.write('idle-limits', { [away.address]: 2_000 }); // so that it need not take a minute
    await bench.restart();
    const state = await signedInVia(bench, away.address);
    const console = open(state);
    await until(() => console.isOpen, 'the first tunnel');
    const tickets = () => bench.lab.requests.filter(({ path }) => path.endsWith('/termproxy')).length;
    expect(tickets()).toBe(1);
    away.blackhole();
    const health = () => state.meters?.relays[0]?.health;
    await until(() => health() === 'late' || console.losses.length > 0, 'the doubt');
    await until(() => console.losses.length === 1, 'the loss');
    expect(console.losses[0]).toMatchObject({ code: 'timeout', retry: 'later' });
    away.heal();
    await until(() => console.isOpen, 'the replacement', 30_000);
    expect(tickets()).toBeGreaterThan(1);
    expect(bench.lab.consoles.filter((meter) => meter.isOpen).length).toBeLessThanOrEqual(2);
  },
);

it('brings back 100 consoles that died together a few at a time', { timeout: 60_000 }, async () => {
  const bench = await startBench();
  const state = await bench.signedIn();
  const running = [...state.guests.values()].filter(({ state: is, type }) => is === 'running' && type === 'lxc');
  const consoles = Array.from({ length: 100 }, (_, n) => open(state, running[n % running.length]?.id));
  await until(() => consoles.every((console) => console.isOpen), 'all consoles', 30_000);
  let mostAtOnce = 0;
  bench.lab.quirks.latencyMs = 30;
  const unfinished = () => [...state.statuses.values()].filter(({ steps }) => isBeingOpened(steps.at(-1)));
  const count = () => {
    mostAtOnce = Math.max(mostAtOnce, unfinished().length);
  };
  // On the next turn: the one that is done says so in the same turn in which another is let in.
  const watch = state.page.on('console.status', () => setImmediate(count));
  state.statuses.clear();
  bench.lab.killConnections({ reset: true });
  await until(() => consoles.every((console) => console.losses.length > 0), 'all losses');
  await until(() => consoles.every((console) => console.isOpen), 'all consoles again', 30_000);
  watch.dispose();
  expect(mostAtOnce).toBeGreaterThan(0);
  expect(mostAtOnce).toBeLessThanOrEqual(6);
});

/** Let through by the gate, neither open nor failed. */
function isBeingOpened(step: ConsoleStatus['steps'][number] | undefined): boolean {
  return step !== undefined && !step.error && step.phase !== 'session' && step.phase !== 'open';
}

function note(missing: string | undefined): string {
  return missing === undefined ? '' : ` (skipped: ${missing})`;
}
