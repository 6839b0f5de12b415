import { afterEach, expect, it } from 'vitest';

import { EngineBench } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench | undefined;
afterEach(async () => {
  await bench?.close();
});

it('tells everything once, then only what changes', async () => {
  bench = await EngineBench.start({ life: false });
  const state = await bench.signedIn();
  expect(state.guest('qemu/100')).toMatchObject({ type: 'qemu', vmid: 100, state: 'running', node: 'pve1' });
  expect([...state.nodes.keys()].sort()).toEqual(['pve1', 'pve2']);
  state.inventoryChanges.length = 0;
  bench.lab.changeGuests((guests) => {
    const guest = guests.get(101);
    if (guest) guest.name = 'renamed';
    guests.delete(204);
  });
  await until(() => state.guests.get('qemu/101')?.name === 'renamed');
  expect(state.inventoryChanges).toHaveLength(1);
  expect(state.inventoryChanges[0]).toMatchObject({ full: false, nodes: [], removedGuests: ['lxc/204'] });
  expect(state.inventoryChanges[0]?.guests.map((guest) => guest.id)).toEqual(['qemu/101']);
});

it('tells a page that comes later everything at once', async () => {
  bench = await EngineBench.start();
  await bench.signedIn();
  const second = await bench.open();
  await until(() => second.guests.size === 12);
  expect(second.inventoryChanges[0]?.full).toBe(true);
});

it('touches 10 of 5,000 guests when 10 changed', async () => {
  bench = await EngineBench.start({ guests: 5_000, life: false });
  const state = await bench.signedIn();
  expect(state.guests.size).toBe(5_000);
  state.inventoryChanges.length = 0;
  bench.lab.changeGuests((guests) => {
    for (const guest of [...guests.values()].slice(100, 110)) guest.tags = ['seen'];
  });
  await until(() => state.inventoryChanges.length > 0);
  expect(state.inventoryChanges[0]?.guests).toHaveLength(10);
});

it('shows since when a server is away, keeps what it knew, and goes on when it is back', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const { lastAnswerAtMs } = state.cluster;
  bench.lab.refuseConnections(true);
  bench.lab.killConnections();
  await until(() => state.cluster.state === 'unreachable');
  expect(state.cluster.error?.code).toMatch(/reset|refused/);
  expect(state.cluster.lastAnswerAtMs).toBeGreaterThanOrEqual(lastAnswerAtMs ?? Number.POSITIVE_INFINITY);
  expect(state.guests.size).toBe(12);
  bench.lab.refuseConnections(false);
  await until(() => state.cluster.state === 'signed-in');
});

it('reads loose typing, shuffled keys and errors without a body', async () => {
  bench = await EngineBench.start({ quirks: { looseTypes: true, shuffledKeys: true, messageInBody: false } });
  const state = await bench.signedIn();
  expect(state.guests.size).toBe(12);
  expect(typeof state.guest('qemu/100').vmid).toBe('number');
});

it('starts a guest and shows it running as soon as the task is over', async () => {
  bench = await EngineBench.start({ quirks: { taskPace: 20 } });
  const state = await bench.signedIn();
  const stopped = [...state.guests.values()].find((guest) => guest.state === 'stopped' && !guest.isTemplate);
  const guestId = stopped?.id ?? '';
  const { upid } = await state.page.call('guest.power', { clusterId: state.cluster.id, guestId, action: 'start' });
  await until(() => state.tasks.get(upid)?.state === 'ok' && state.guest(guestId).state === 'running');
});

it('finds a guest that has moved since', async () => {
  bench = await EngineBench.start({ quirks: { taskPace: 20 } });
  const state = await bench.signedIn();
  bench.lab.changeGuests((guests) => {
    const guest = guests.get(101);
    if (guest) guest.node = 'pve2';
  });
  const params = { clusterId: state.cluster.id, guestId: 'qemu/101', action: 'reboot' as const };
  expect((await state.page.call('guest.power', params)).upid).toContain('UPID:pve2:');
});
