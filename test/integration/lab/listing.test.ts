import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkLeaks } from '../../support/leakCheck.ts';
import { turn } from '../../support/until.ts';
import { LabBench } from './labBench.ts';

checkLeaks();
let bench: LabBench;
beforeEach(async () => {
  bench = await LabBench.start();
});
afterEach(() => bench.close());

type Row = Record<string, string | number>;
const resources = (type?: string): Promise<Row[]> =>
  bench.data('GET', `/cluster/resources${type === undefined ? '' : `?type=${type}`}`);
const guest = async (vmid: number): Promise<Row | undefined> =>
  (await resources('vm')).find((row) => row['vmid'] === vmid);

describe('/cluster/resources', () => {
  it('lists a dozen guests of every kind on two nodes, with storages once a node', async () => {
    const rows = await resources();
    const count = (type: string) => rows.filter((row) => row['type'] === type).length;
    expect([count('qemu'), count('lxc'), count('node'), count('storage')]).toEqual([8, 4, 2, 6]);
    expect(new Set(rows.map((row) => row['id'])).size).toBe(rows.length);
    expect(rows.filter((row) => row['template'] === 1)).toHaveLength(1);
    expect(new Set((await resources('vm')).map((row) => row['status']))).toEqual(new Set(['running', 'stopped']));
  });

  it('filters by type, and refuses a type there is none of', async () => {
    expect((await resources('node')).map((row) => row['node'])).toEqual(['pve1', 'pve2']);
    expect((await resources('storage')).every((row) => row['type'] === 'storage')).toBe(true);
    expect((await bench.call('GET', '/cluster/resources?type=nope')).status).toBe(400);
  });

  it('tells nothing of a pause, which the guest’s own status does', async () => {
    expect(await guest(201)).toMatchObject({ status: 'running' });
    expect(await bench.data('GET', '/nodes/pve2/qemu/201/status/current')).toMatchObject({
      status: 'running',
      qmpstatus: 'paused',
      spice: 1,
    });
  });

  it('has few fields while a guest is unknown', async () => {
    bench.lab.changeGuests((guests) => {
      const row = guests.get(101);
      if (row !== undefined) row.status = 'unknown';
    });
    expect(Object.keys((await guest(101)) ?? {}).sort()).toEqual(['id', 'node', 'status', 'type', 'vmid']);
  });

  it('lags behind as long as told, and a change is seen then', async () => {
    bench.lab.quirks.resourcesLagMs = 10_000;
    expect((await guest(101))?.['name']).toBe('web-frontend');
    bench.lab.changeGuests((guests) => {
      const row = guests.get(101);
      if (row !== undefined) row.name = 'renamed';
    });
    await bench.clock.advanceAsync(9999);
    expect((await guest(101))?.['name']).toBe('web-frontend');
    await bench.clock.advanceAsync(1);
    expect((await guest(101))?.['name']).toBe('renamed');
  });

  it('stands still without live usage, and moves with it', async () => {
    const before = await resources();
    await bench.clock.advanceAsync(60_000);
    expect(await resources()).toEqual(before);
    bench.lab.quirks.liveUsage = true;
    expect(await resources()).not.toEqual(before);
  });

  it('shows a node that is off, and what asks that node fails', async () => {
    bench.lab.setNodeOnline('pve2', false);
    expect((await resources('node'))[1]).toEqual({ id: 'node/pve2', type: 'node', node: 'pve2', status: 'offline' });
    const answer = await bench.call('GET', '/nodes/pve2/qemu');
    expect([answer.status, answer.reason]).toEqual([595, 'No route to host']);
  });

  it('is typed as loosely as Perl does it', async () => {
    bench.lab.quirks.looseTypes = true;
    bench.lab.quirks.shuffledKeys = true;
    const rows = await resources('node');
    expect(typeof rows[0]?.['uptime']).toBe('string');
    const orders = new Set<string>();
    for (let count = 0; count < 20; count += 1) orders.add(Object.keys((await resources('node'))[0] ?? {}).join());
    expect(orders.size).toBeGreaterThan(1);
  });
});

describe('other listings', () => {
  it('give version, cluster and nodes with their fingerprint', async () => {
    expect(await bench.data('GET', '/version')).toMatchObject({ version: '9.1.2', release: '9.1' });
    const status = await bench.data<Row[]>('GET', '/cluster/status');
    expect(status[0]).toMatchObject({ type: 'cluster', name: 'lab', nodes: 2, quorate: 1 });
    expect(status.slice(1).map((row) => [row['name'], row['online'], row['local']])).toEqual([
      ['pve1', 1, 1],
      ['pve2', 1, 0],
    ]);
    const nodes = await bench.data<Row[]>('GET', '/nodes');
    const [first, second] = nodes.map((row) => String(row['ssl_fingerprint']));
    expect(first).toBe(bench.lab.fingerprint);
    expect(second, 'each has its own').toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(second).not.toBe(first);
  });

  it('give a guest’s config in the server’s grammar', async () => {
    expect(await bench.data('GET', '/nodes/pve1/qemu/101/config')).toMatchObject({
      name: 'web-frontend',
      scsi0: 'local-lvm:vm-101-disk-0,size=32G',
      serial0: 'socket',
      tags: 'prod;web',
    });
    expect(await bench.data('GET', '/nodes/pve1/lxc/103/config')).toMatchObject({ hostname: 'dns' });
  });

  it('give the next free number, and refuse one that is taken', async () => {
    expect(await bench.data('GET', '/cluster/nextid')).toBe('106');
    expect((await bench.call('GET', '/cluster/nextid?vmid=100')).status).toBe(400);
  });

  it('say where a guest is not', async () => {
    const answer = await bench.call('GET', '/nodes/pve2/qemu/101/config');
    expect([answer.status, answer.reason]).toEqual([
      500,
      "Configuration file 'nodes/pve2/qemu-server/101.conf' does not exist",
    ]);
  });
});

describe('power', () => {
  const act = (path: string): Promise<string> => bench.data('POST', `${path}`, {});
  const ended = (upid: string) => bench.lab.tasks.find((task) => task.upid === upid)?.exitStatus;

  it('is a task that changes the state when it is done', async () => {
    const upid = await act('/nodes/pve1/qemu/101/status/shutdown');
    expect(upid).toMatch(/^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmshutdown:101:root@pam!lab:$/);
    expect((await guest(101))?.['status']).toBe('running');
    await bench.advanceUntil(() => ended(upid) !== undefined);
    expect(ended(upid)).toBe('OK');
    expect(await guest(101)).toMatchObject({ status: 'stopped', uptime: 0, cpu: 0 });
    const start = await act('/nodes/pve1/qemu/101/status/start');
    await bench.advanceUntil(() => ended(start) !== undefined);
    expect((await guest(101))?.['status']).toBe('running');
  });

  it('pauses and goes on', async () => {
    const state = async () => (await bench.data<Row>('GET', '/nodes/pve1/qemu/101/status/current'))['qmpstatus'];
    await act('/nodes/pve1/qemu/101/status/suspend');
    await turn();
    expect(await state()).toBe('paused');
    await act('/nodes/pve1/qemu/101/status/resume');
    await turn();
    expect(await state()).toBe('running');
  });

  it('fails inside the task when the state is wrong, and at once when the guest is locked or a template', async () => {
    const upid = await act('/nodes/pve2/qemu/203/status/shutdown');
    await bench.advanceUntil(() => ended(upid) !== undefined);
    expect(ended(upid)).toBe('VM 203 not running');
    expect((await bench.call('POST', '/nodes/pve2/qemu/9000/status/start', {})).status).toBe(500);
    bench.lab.changeGuests((guests) => {
      const row = guests.get(101);
      if (row !== undefined) row.lock = 'backup';
    });
    expect((await bench.call('POST', '/nodes/pve1/qemu/101/status/stop', {})).reason).toBe('VM is locked (backup)');
  });

  it('has no reset for containers', async () => {
    expect((await bench.call('POST', '/nodes/pve1/lxc/103/status/reset', {})).status).toBe(501);
  });

  it('sees a guest that ended by itself', async () => {
    await bench.data('POST', '/nodes/pve1/qemu/101/vncproxy', {});
    const reboot = await act('/nodes/pve1/qemu/100/status/reboot');
    await bench.advanceUntil(() => ended(reboot) !== undefined);
    bench.guests.get(100)?.exit();
    expect((await guest(100))?.['status']).toBe('stopped');
  });
});
