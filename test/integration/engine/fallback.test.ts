import { afterEach, describe, expect, it } from 'vitest';

import type { NodeDoor } from '../../../electron/lab/nodeDoors.ts';
import { EngineBench, type EngineBenchOptions, failureOf, type PageState } from '../../support/engineBench.ts';
import { ask } from '../../support/gatewayClient.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Signed in by the first of two nodes, and told of the other. */
async function start(options: EngineBenchOptions = {}) {
  const bench = await EngineBench.start({ ownAddresses: true, ...options });
  cleanUps.push(() => bench.close());
  const state = await bench.signedIn();
  await until(() => (bench.documents.texts.get('clusters') ?? '').includes('127.0.0.2'), 'the nodes to be kept');
  const [first, second] = bench.lab.nodes as [NodeDoor, NodeDoor];
  return { bench, state, first, second };
}

const paths = ({ requests }: NodeDoor, method: string) =>
  requests.filter((one) => one.method === method).map(({ path }) => path);

async function openTerminal(state: PageState, guestId = 'qemu/100') {
  const channel = state.console(guestId, 'terminal');
  channel.onData((chunk) => channel.consumed(chunk.length));
  channel.onEnd(() => {});
  channel.onClose(() => {});
  channel.start();
  await until(() => state.statuses.get(channel.number)?.steps.at(-1)?.phase === 'open', 'the terminal');
  return channel;
}

describe('when the node that was signed in to goes', () => {
  it('goes on through another one, with the same ticket, and says so', async () => {
    const { state, first, second } = await start();
    expect(state.cluster.through).toBeUndefined();
    await first.stop();
    await until(() => state.cluster.through === 'pve2' && state.cluster.state === 'signed-in');
    expect(paths(second, 'POST'), 'no second sign-in').toEqual([]);
    const { upid } = await state.page.call('guest.power', {
      clusterId: state.cluster.id,
      guestId: 'qemu/100',
      action: 'reboot',
    });
    expect(upid).toContain('UPID:');
    await openTerminal(state);
    expect(paths(second, 'POST').map((path) => path.split('/').at(-1))).toEqual(['reboot', 'termproxy']);
  });

  it('moves a question that was under way, and repeats no order', async () => {
    const { bench, state, first, second } = await start();
    const { id: clusterId } = state.cluster;
    const door = await state.page.call('gateway.open', { clusterId, allowsWrites: true, port: 0 });
    bench.lab.quirks.latencyMs = 400;
    const asked = ask(door, '/api2/json/nodes/pve1/status');
    const ordered = ask(door, '/api2/json/nodes/pve1/qemu/100/status/reboot', { method: 'POST' });
    await until(
      () =>
        paths(first, 'POST').some((path) => path.endsWith('/reboot')) &&
        paths(first, 'GET').some((path) => path.endsWith('/status')),
    );
    await first.stop();
    expect((await asked).status).toBe(200);
    const outcome = await ordered;
    expect([outcome.status, outcome.headers['sluice-error']]).toEqual([502, 'outcome-unknown']);
    expect(paths(second, 'POST')).toEqual([]);
  });

  it('finds another one when it takes connections and says nothing', async () => {
    const { state, first } = await start();
    first.fallSilent(true);
    await until(() => state.cluster.through === 'pve2', 'the other node', 30_000);
  }, 40_000);

  it('is found again when the other one goes in its turn', async () => {
    const { state, first, second } = await start();
    first.fallSilent(true);
    await until(() => state.cluster.through === 'pve2', 'the other node', 30_000);
    first.fallSilent(false);
    await second.stop();
    await until(
      () => state.cluster.state === 'signed-in' && state.cluster.through === undefined,
      'the way back',
      30_000,
    );
  }, 60_000);

  it('signs in through another one, after a restart too', async () => {
    const { bench, first, state: before } = await start();
    await before.page.call('session.logout', { clusterId: before.cluster.id });
    await first.stop();
    await bench.restart();
    const state = await bench.open();
    await until(() => state.clusters.length > 0);
    await bench.login(state.page);
    await until(() => state.cluster.through === 'pve2' && state.guests.size === 12);
  });

  it('goes on with a kept sign-in after a restart', async () => {
    const { bench, first } = await start();
    await first.stop();
    await bench.restart();
    const state = await bench.open();
    await until(() => state.clusters[0]?.through === 'pve2' && state.clusters[0].state === 'signed-in');
  });

  it('goes to no node whose certificate is not the one the cluster told of', async () => {
    const { state, first, second } = await start();
    second.replaceCertificate();
    const asked = second.requests.length;
    await first.stop();
    await until(() => state.cluster.state === 'unreachable');
    const power = { clusterId: state.cluster.id, guestId: 'qemu/100', action: 'reboot' as const };
    await failureOf(state.page.call('guest.power', power));
    expect(state.cluster.through).toBeUndefined();
    expect(second.requests.length).toBe(asked);
  });

  it('stops at a certificate that changes on the way there, and shows both with their place', async () => {
    const { state, first, second } = await start();
    const oldFingerprint = second.fingerprint;
    await first.stop();
    await until(() => state.cluster.through === 'pve2');
    const newFingerprint = second.replaceCertificate();
    second.killConnections();
    await until(() => state.cluster.certificate?.trust === 'changed');
    expect(state.cluster.certificate).toMatchObject({
      fingerprint: newFingerprint,
      acceptedFingerprint: oldFingerprint,
      shownAt: second.address,
    });
    const clusterId = state.cluster.id;
    await state.page.call('cluster.acceptCertificate', { clusterId, oldFingerprint, newFingerprint });
    await until(() => state.cluster.state === 'signed-in' && state.cluster.through === 'pve2');
  });
});

it('takes ticket and tunnel of a console to the node it was asked at, while others open elsewhere', async () => {
  const { state, first, second } = await start();
  const before = await openTerminal(state, 'qemu/100');
  await first.stop();
  await until(() => state.cluster.through === 'pve2');
  await openTerminal(state, 'qemu/101');
  before.dispose();
  for (const node of [first, second]) {
    const asked = node.requests.filter(({ path }) => /termproxy$|vncwebsocket$/.test(path)).map(({ path }) => path);
    const guests = new Set(asked.map((path) => /qemu\/(\d+)/.exec(path)?.[1]));
    expect([...guests]).toEqual([node === first ? '100' : '101']);
    expect(asked.map((path) => path.split('/').at(-1))).toEqual(['termproxy', 'vncwebsocket']);
  }
});
