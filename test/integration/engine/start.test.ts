import { afterEach, describe, expect, it } from 'vitest';

import type { MigrationQueue } from '../../../shared/model/migration.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench;
let state: PageState;
let queue: MigrationQueue = { limit: 0, items: [] };

async function start(): Promise<void> {
  bench = await EngineBench.start({ life: false, quirks: { taskPace: 60 } });
  state = await bench.signedIn();
  state.page.on('migrations.changed', (told) => {
    queue = told;
  });
  await until(() => state.guests.has('qemu/101'));
}

afterEach(async () => {
  await bench.close();
  queue = { limit: 0, items: [] };
});

const of = (guestId: string) => ({ clusterId: state.cluster.id, guestId });

describe('many migrations', () => {
  it('are asked for before, guest by guest, with one question for what is the same for all', async () => {
    await start();
    const { page } = state;
    const all = [...state.guests.values()].filter(({ node, isTemplate }) => node === 'pve1' && !isTemplate);
    const guestIds = [...all.map(({ id }) => id), 'qemu/999999'];
    bench.lab.forgetRequests();
    const { checks } = await page.call('migrations.check', { clusterId: state.cluster.id, guestIds, target: 'pve2' });
    expect(checks.map(({ guestId }) => guestId)).toEqual(all.map(({ id }) => id));
    const asked = (end: RegExp) => bench.lab.requests.filter(({ path }) => end.test(path)).length;
    expect(asked(/\/nodes$/)).toBe(1);
    expect(asked(/\/pve2\/storage$/)).toBe(2);
    expect(asked(/\/migrate$/)).toBe(all.filter(({ type }) => type === 'qemu').length);
    const machine = checks.find(({ guestId }) => guestId === 'qemu/101');
    expect(machine).toMatchObject({ verdict: 'goes', manner: 'live', reasons: [] });
    expect(machine?.localDisks.length).toBeGreaterThan(0);

    const { upid } = await page.call('guest.migrate', { ...of('qemu/101'), plan: { target: 'pve2' } });
    await until(() => state.guests.get('qemu/101')?.lock !== undefined || state.tasks.get(upid)?.state === 'ok');
    const params = { clusterId: state.cluster.id, guestIds: ['qemu/101'], target: 'pve1' };
    const [locked] = (await page.call('migrations.check', { ...params, target: 'pve2' })).checks;
    expect(locked).toMatchObject({ verdict: 'stays', reasons: [expect.stringMatching(/locked|already/) as string] });
    const [nowhere] = (await page.call('migrations.check', { ...params, guestIds: ['lxc/103'], target: 'pve1' }))
      .checks;
    expect(nowhere).toMatchObject({ verdict: 'stays', reasons: ['It is on pve1 already.'] });
  });
});

describe('a migration in the cluster', () => {
  it('says before what it needs to know, and moves the guest with its disks', async () => {
    await start();
    const { page } = state;
    const before = await page.call('guest.migrateOptions', { ...of('qemu/101'), target: 'pve2' });
    expect(before).toMatchObject({ type: 'qemu', node: 'pve1', isRunning: true, manner: 'live', problems: [] });
    expect(before.targets).toEqual([{ node: 'pve2', isAllowed: true }]);
    const [disk] = before.localDisks;
    expect(disk).toMatchObject({
      drive: expect.stringMatching(/^\w+\d$/) as string,
      sizeBytes: expect.any(Number) as number,
    });
    expect(before.storages.map(({ name }) => name)).toContain(disk?.storage);
    expect(before.storages.every(({ content }) => content.includes('images'))).toBe(true);

    const plan = { target: 'pve2', storageMap: { [disk?.storage ?? '']: disk?.storage ?? '' } };
    const { upid } = await page.call('guest.migrate', { ...of('qemu/101'), plan });
    await until(() => state.tasks.get(upid)?.state === 'ok');
    await until(() => state.guests.get('qemu/101')?.node === 'pve2');
  });

  it('restarts a container, and refuses what the cluster refuses in its words', async () => {
    await start();
    const { page } = state;
    expect(await page.call('guest.migrateOptions', of('lxc/103'))).toMatchObject({ type: 'lxc', manner: 'restart' });
    const { upid } = await page.call('guest.migrate', { ...of('lxc/103'), plan: { target: 'pve2' } });
    expect(await failureOf(page.call('guest.migrate', { ...of('lxc/103'), plan: { target: 'pve2' } }))).toMatchObject({
      message: expect.stringMatching(/locked|migrat/i) as string,
    });
    await until(() => state.tasks.get(upid)?.state === 'ok');
    expect(
      await failureOf(page.call('guest.migrate', { ...of('lxc/104'), plan: { target: 'nowhere' } })),
    ).toBeDefined();
  });
});

describe('several migrations', () => {
  it('run one after the other, and each ends as its task does', async () => {
    await start();
    const guestIds = ['qemu/101', 'qemu/104', 'lxc/103'];
    const { ids } = await state.page.call('migrations.add', {
      clusterId: state.cluster.id,
      guestIds,
      plan: { target: 'pve2' },
    });
    expect(ids).toHaveLength(3);
    let most = 0;
    const watch = state.page.on('migrations.changed', ({ items }) => {
      most = Math.max(most, items.filter((item) => item.state === 'running').length);
    });
    await until(
      () => queue.items.length === 3 && queue.items.every((item) => item.state === 'ok'),
      'the queue',
      20_000,
    );
    watch.dispose();
    expect(most).toBe(1);
    expect(queue.items.map(({ id }) => id)).toEqual(ids);
    for (const id of guestIds) await until(() => state.guests.get(id)?.node === 'pve2');
    await state.page.call('migrations.clear', {});
    await until(() => queue.items.length === 0);
  });

  it('that wait are taken out; that wait when the engine ends go on in the next', async () => {
    await start();
    const plan = { target: 'pve2' };
    const guestIds = ['qemu/101', 'lxc/103', 'qemu/104'];
    const { ids } = await state.page.call('migrations.add', { clusterId: state.cluster.id, guestIds, plan });
    await state.page.call('migrations.cancel', { id: ids[2] ?? '' });
    expect(await failureOf(state.page.call('migrations.cancel', { id: ids[2] ?? '' }))).toMatchObject({
      code: 'not-found',
    });
    await until(() => queue.items[0]?.upid !== undefined);
    await bench.restart();
    state = await bench.open();
    state.page.on('migrations.changed', (told) => {
      queue = told;
    });
    await until(
      () => queue.items.every((item) => item.state !== 'waiting' && item.state !== 'running'),
      'the end',
      20_000,
    );
    expect(queue.items.map((item) => item.state)).toEqual(['ok', 'ok', 'cancelled']);
  });
});

describe('a backup', () => {
  it('goes to a storage that takes backups', async () => {
    await start();
    const { page } = state;
    const options = await page.call('guest.backupOptions', of('qemu/101'));
    expect(options.problems).toEqual([]);
    expect(options.storages.every(({ content }) => content.includes('backup'))).toBe(true);
    const [storage] = options.storages;
    const plan = { storage: storage?.name ?? '', mode: 'snapshot' as const, notes: '{{guestname}}', isProtected: true };
    const { upid } = await page.call('guest.backup', { ...of('qemu/101'), plan });
    await until(() => state.tasks.get(upid)?.state === 'ok', 'the backup', 20_000);
    expect(state.tasks.get(upid)).toMatchObject({ type: 'vzdump' });
  });
});
