// A machine that slept: nothing is asked meanwhile, everything at once afterwards, and nobody is blamed.
import { afterEach, beforeEach, expect, it } from 'vitest';

import { EngineBench, type PageState } from '../../support/engineBench.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { OpenedConsole } from '../../support/openedConsole.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

let clock: FakeClock;
let bench: EngineBench;
let state: PageState;
let wakings: number;
beforeEach(async () => {
  clock = new FakeClock();
  bench = await EngineBench.start({ life: false, deps: { clock } });
  state = await bench.open();
  wakings = 0;
  state.page.on('machine.woken', () => {
    wakings += 1;
  });
  clock.advance(0);
  await bench.login(state.page);
  await until(() => {
    clock.advance(0);
    return state.guests.size > 0;
  }, 'the list of guests');
  await quiet();
});
afterEach(() => bench.close());

const asked = (path: string) => bench.lab.requests.filter((request) => request.path.endsWith(path)).length;

it('asks nothing while it sleeps, and everything anew when it wakes up', async () => {
  const { engine } = bench.host;
  engine.setAsleep(true);
  await quiet();
  bench.lab.forgetRequests();
  await clock.advanceAsync(60_000);
  await quiet();
  expect(bench.lab.requests).toEqual([]);
  engine.setAsleep(false);
  await until(() => asked('/cluster/resources') > 0 && asked('/tasks') > 0);
  expect(wakings).toBe(1);
  engine.setAsleep(false); // said twice it is told once
  expect(wakings).toBe(1);
});

it('renews at once a ticket that came due while it slept', async () => {
  const { engine } = bench.host;
  engine.setAsleep(true);
  await quiet();
  bench.lab.forgetRequests();
  clock.setWall(clock.wallMs() + 90 * 60_000); // the system's clock went on, timers did not
  engine.setAsleep(false);
  await until(() => {
    clock.advance(10);
    return bench.lab.requests.some(({ method, path }) => method === 'POST' && path.endsWith('/access/ticket'));
  });
  expect(clock.nowMs()).toBeLessThan(30_000); // sooner than the keeper looks by itself
  await until(() => state.cluster.state === 'signed-in');
});

it('asks every tunnel for a sign of life at once', async () => {
  const shell = new OpenedConsole(state, 'lxc/103', clock);
  await until(() => {
    clock.advance(0);
    return shell.isOpen;
  });
  const trips = () => state.meters?.relays[0]?.roundTripsMs.length ?? 0;
  await until(() => {
    clock.advance(1_000);
    return trips() > 0;
  });
  const before = trips();
  bench.host.engine.setAsleep(true);
  bench.host.engine.setAsleep(false);
  await until(() => {
    clock.advance(100);
    return trips() > before;
  });
  expect(shell.losses).toEqual([]);
  shell.dispose();
});

it('blames no server whose connections broke meanwhile, until networks had the time to come back', async () => {
  const { engine } = bench.host;
  engine.setAsleep(true);
  bench.lab.refuseConnections(true);
  bench.lab.killConnections({ reset: true });
  await quiet();
  expect(state.cluster.state).toBe('signed-in');
  engine.setAsleep(false);
  for (let seconds = 0; seconds < 10; seconds++) {
    clock.advance(1_000);
    await quiet();
  }
  expect(state.cluster).toMatchObject({ state: 'signed-in' });
  // Networks are back by then: now it is the server.
  await until(() => {
    clock.advance(500);
    return state.cluster.state === 'unreachable';
  });
  bench.lab.refuseConnections(false);
  await until(() => {
    clock.advance(500);
    return state.cluster.state === 'signed-in';
  });
});
