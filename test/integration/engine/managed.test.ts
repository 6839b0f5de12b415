// Guests of a cluster that a Datacenter Manager manages, seen and used by way of it (PVE wire facts 10).
import { afterEach, describe, expect, it } from 'vitest';

import { type LoginLab, startLoginLab } from '../../../electron/lab/login/loginLab.ts';
import { missing, needs, type PrivilegeTree } from '../../../shared/model/privileges.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { View } from '../../support/view.ts';

checkLeaks();

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** The bench's own lab is the remote `north`; the page is signed in to the manager alone. */
async function start(): Promise<{ bench: EngineBench; manager: LoginLab; state: PageState }> {
  const bench = await EngineBench.start({ life: false });
  cleanUps.push(() => bench.close());
  const manager = await startLoginLab({ product: 'pdm', remotes: { north: bench.lab } });
  cleanUps.push(() => manager.close());
  const state = await bench.open();
  const { address, fingerprint: acceptFingerprint, password } = manager;
  await state.page.call('session.login', { address, acceptFingerprint, username: 'root', realm: 'pam', password });
  await until(() => state.guests.size > 0, 'the guests of the remote');
  return { bench, manager, state };
}

const shell = (state: PageState, guestId: string) => new View(state.console(guestId, 'terminal'), false);

describe('a Datacenter Manager', () => {
  it('lists nodes and guests of its remotes under names that cannot meet', async () => {
    const { bench, state } = await start();
    expect([...state.nodes.keys()].sort()).toEqual(['north/pve1', 'north/pve2']);
    const one = state.guest('north/qemu/101');
    expect(one).toMatchObject({ remote: 'north', vmid: 101, type: 'qemu', name: 'web-frontend', state: 'running' });
    expect(one.node).toMatch(/^north\/pve\d$/);
    expect(state.guests.size).toBe(12);
    expect(bench.lab.requests.length).toBeGreaterThan(0);
  });

  it('keeps what it knew of a remote that is away, and says that its state is unknown', async () => {
    const { manager, state } = await start();
    manager.remotes?.away.add('north');
    await until(() => state.guest('north/qemu/101').state === 'unknown', 'the loss of the remote', 20_000);
    expect(state.guests.size).toBe(12);
    manager.remotes?.away.delete('north');
    await until(() => state.guest('north/qemu/101').state === 'running', 'its return', 20_000);
  });

  it('passes on screens of machines, and terminals of machines, containers and nodes, signed in by itself', async () => {
    const { bench, state } = await start();
    const screen = new View(state.console('north/qemu/101', 'vnc'), true);
    await until(() => screen.screen !== undefined, 'the screen');
    expect(screen.screen?.[0]).toBeGreaterThan(300);
    screen.channel.close(100);
    for (const id of ['north/qemu/100', 'north/lxc/103']) {
      const view = shell(state, id);
      await until(() => view.text.includes('# '), `the prompt of ${id}`);
      expect(view.text.startsWith('OK')).toBe(false);
      view.type('echo one two\r');
      await until(() => /\none two\r\n/.test(view.text));
      view.channel.close(100);
    }
    const target = { kind: 'node' as const, clusterId: state.cluster.id, node: 'north/pve1' };
    const node = new View(state.page.open('console', { target, view: 'terminal', cols: 100, rows: 30 }), false);
    await until(() => node.text.length > 0, 'the shell of the node');
    node.channel.close(100);
    expect(bench.lab.requests.every(({ headers }) => !headers.has('cookie'))).toBe(true); // by its token
  });

  it('says what it does not pass on', async () => {
    const { state } = await start();
    const container = new View(state.console('north/lxc/103', 'vnc'), true);
    await until(() => container.reason !== undefined);
    expect(container.error).toMatchObject({ code: 'no-console' });
    expect(container.error?.message).toContain('passes on no screen of a container');
    const clusterId = state.cluster.id;
    const power = (action: 'suspend' | 'shutdown') =>
      state.page.call('guest.power', { clusterId, guestId: 'north/qemu/101', action });
    expect(await failureOf(power('suspend'))).toMatchObject({ code: 'unsupported' });
    await power('shutdown');
    await until(() => state.guest('north/qemu/101').state === 'stopped', 'the end of the guest', 20_000);
    const off = new View(state.console('north/qemu/101', 'vnc'), true);
    await until(() => off.reason !== undefined);
    expect(off.error?.code).toBe('not-running');
  });

  it('opens no console for an API token, which is said without asking', async () => {
    const { manager, state } = await start();
    await state.page.call('session.logout', { clusterId: state.cluster.id });
    const [tokenId = '', secret = ''] = manager.apiToken.replace('PDMAPIToken=', '').split(/:(.*)/);
    await state.page.call('session.loginWithToken', { address: manager.address, tokenId, secret });
    await until(() => state.cluster.state === 'signed-in');
    const view = shell(state, 'north/lxc/103');
    await until(() => view.reason !== undefined);
    expect(view.error).toMatchObject({ code: 'unsupported' });
    expect(manager.requests.some(({ path }) => path.endsWith('/termproxy'))).toBe(false);
  });

  it('tells whose consoles may be opened', async () => {
    const { manager, state } = await start();
    const told: PrivilegeTree[] = [];
    state.page.on('privileges.changed', ({ tree }) => tree && told.push(tree));
    await state.page.call('session.logout', { clusterId: state.cluster.id });
    const { address, password } = manager;
    await state.page.call('session.login', { address, username: 'root', realm: 'pam', password });
    await until(() => told.length > 0);
    expect(missing(told.at(-1), needs.managedGuest('north', 100), needs.managedNode('north', 'pve1'))).toBeUndefined();
  });
});
