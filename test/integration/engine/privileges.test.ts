import { afterEach, expect, it } from 'vitest';

import { missing, needs, type PrivilegeTree } from '../../../shared/model/privileges.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { View } from '../../support/view.ts';

checkLeaks();

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

function follow({ page }: PageState): PrivilegeTree[] {
  const told: PrivilegeTree[] = [];
  page.on('privileges.changed', ({ tree }) => tree && told.push(tree));
  return told;
}

it('tells what the user may do, as the server then lets them do it', async () => {
  bench = await EngineBench.start();
  const state = await bench.open();
  const told = follow(state);
  await bench.login(state.page, bench.lab.operator);
  await until(() => told.length > 0 && state.guests.size > 0);
  const [tree] = told;
  expect(missing(tree, needs.power(100), needs.consoleOfGuest(100), needs.backup(100))).toBeUndefined();
  expect(missing(tree, needs.migrate(100))).toBe('VM.Migrate on /vms/100');
  expect(missing(tree, needs.power(101))).toBe('VM.PowerMgmt on /vms/101');
  expect(missing(tree, needs.consoleOfNode('pve1'))).toBe('Sys.Console on /nodes/pve1');
  const clusterId = state.cluster.id;
  const power = (guestId: string) => state.page.call('guest.power', { clusterId, guestId, action: 'reboot' });
  await power('qemu/100');
  const refused = await failureOf(power([...state.guests.keys()].find((id) => id.endsWith('/101')) ?? ''));
  expect(refused.code).toBe('forbidden');
  expect(refused.message).toContain('VM.PowerMgmt');
});

it('holds everything for root, and tells a page that comes later', async () => {
  bench = await EngineBench.start();
  const first = await bench.signedIn();
  const later = await bench.open();
  const told = follow(later);
  await until(() => told.length > 0);
  expect(missing(told[0], needs.migrate(100), needs.takeGuests, needs.templatesOn('local'))).toBeUndefined();
  const forgotten: boolean[] = [];
  later.page.on('privileges.changed', ({ tree }) => forgotten.push(tree === undefined));
  await first.page.call('session.logout', { clusterId: first.cluster.id });
  await until(() => forgotten.includes(true));
});

it('knows of a node where everything was taken away, which the list of privileges leaves out', async () => {
  bench = await EngineBench.start();
  const state = await bench.open();
  const told = follow(state);
  await bench.login(state.page, bench.lab.barred);
  await until(() => missing(told.at(-1), needs.consoleOfNode('pve2')) !== undefined, 'what is missing at a node');
  expect(missing(told.at(-1), needs.consoleOfNode('pve2'))).toBe('Sys.Console on /nodes/pve2');
  expect(missing(told.at(-1), needs.consoleOfNode('pve1'), needs.migrate(100))).toBeUndefined();
  const target = { kind: 'node' as const, clusterId: state.cluster.id, node: 'pve2' };
  const shell = new View(state.page.open('console', { target, view: 'terminal', cols: 100, rows: 30 }), false);
  await until(() => shell.reason !== undefined, 'what the server says of it');
  expect(shell.error?.code).toBe('forbidden');
});
