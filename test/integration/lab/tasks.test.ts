import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startLab } from '../../../electron/lab/lab.ts';
import type { LabTask } from '../../../electron/lab/tasks/task.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, turn, until } from '../../support/until.ts';
import { LabBench } from './labBench.ts';

checkLeaks();
let bench: LabBench;
beforeEach(async () => {
  bench = await LabBench.start({ partialLines: false });
});
afterEach(() => bench.close());

const taskOf = (upid: string): LabTask => {
  const task = bench.lab.tasks.find((one) => one.upid === upid);
  if (task === undefined) throw new Error('no such task');
  return task;
};
const finish = async (upid: string): Promise<LabTask> => {
  const task = taskOf(upid);
  await bench.advanceUntil(() => !task.isRunning);
  return task;
};
const MIGRATE = '/nodes/pve1/qemu/104/migrate';
const migrate = (): Promise<string> =>
  bench.data('POST', MIGRATE, { target: 'pve2', online: 1, 'with-local-disks': 1 });
const guestRow = async (vmid: number): Promise<Record<string, unknown> | undefined> => {
  const rows = await bench.data<Record<string, unknown>[]>('GET', '/cluster/resources?type=vm');
  return rows.find((row) => row['vmid'] === vmid);
};

// PVE wire facts 6.4
const BYTES = '(\\d+(?:\\.\\d+)?) (B|KiB|MiB|GiB|TiB|PiB)';
const RAM = new RegExp(
  `migration active, transferred ${BYTES} of ${BYTES} VM-state, ${BYTES}/s(?:, VM dirties lots of memory: ${BYTES}/s)?$`,
);
const MIRROR = new RegExp(
  `^(drive-[a-z]+\\d+): transferred ${BYTES} of ${BYTES} \\((\\d+(?:\\.\\d+)?)%\\) in ((?:\\d+[wdhms] ?)+?)(, ready)?$`,
);
const BACKUP = new RegExp(
  `^INFO: +(\\d+)% \\(${BYTES} of ${BYTES}\\) in ((?:\\d+[wdhms] ?)+), read: ${BYTES}/s, write: ${BYTES}/s$`,
);

describe('a live migration', () => {
  it('locks the guest, tells disks then memory in the real words, and moves it at the end', async () => {
    const upid = await migrate();
    await turn();
    expect(await guestRow(104)).toMatchObject({ node: 'pve1', lock: 'migrate' });
    const task = await finish(upid);
    expect(task.exitStatus).toBe('OK');
    const mirrors = task.lines.filter((line) => MIRROR.test(line));
    const memory = task.lines.filter((line) => RAM.test(line));
    expect([mirrors.length > 10, memory.length > 10]).toEqual([true, true]);
    expect(mirrors.at(-1)).toMatch(/\(100\.00%\) in .*, ready$/);
    expect(memory.some((line) => line.includes('VM dirties lots of memory'))).toBe(true);
    expect(task.lines.at(-2)).toMatch(/migration finished successfully \(duration 00:00:\d\d\)$/);
    expect(task.lines.at(-1)).toBe('TASK OK');
    const row = await guestRow(104);
    expect([row?.['node'], row?.['lock'], row?.['status']]).toEqual(['pve2', undefined, 'running']);
    expect((await bench.call('GET', '/nodes/pve1/qemu/104/config')).status).toBe(500);
    expect((await bench.call('GET', '/nodes/pve2/qemu/104/config')).status).toBe(200);
  });

  it('can be stopped, leaves the guest where it is and says so', async () => {
    const upid = await migrate();
    await bench.advanceUntil(() => taskOf(upid).lines.some((line) => MIRROR.test(line)));
    expect((await bench.call('DELETE', `/nodes/pve1/tasks/${upid}`)).json).toEqual({ data: null });
    expect(taskOf(upid).exitStatus).toBe('migration aborted');
    expect(taskOf(upid).lines.at(-1)).toBe('TASK ERROR: migration aborted');
    const row = await guestRow(104);
    expect([row?.['node'], row?.['lock']]).toEqual(['pve1', undefined]);
  });

  it('is refused to its own node, when locked, and while running without online', async () => {
    expect((await bench.call('POST', MIGRATE, { target: 'pve1', online: 1 })).status).toBe(400);
    expect((await bench.call('POST', MIGRATE, { target: 'pve2' })).reason).toBe(
      "can't migrate running VM without --online",
    );
    await migrate();
    expect((await bench.call('POST', MIGRATE, { target: 'pve2', online: 1 })).reason).toBe('VM is locked (migrate)');
  });

  it('of a container shuts it down, copies and starts it again', async () => {
    const upid = await bench.data<string>('POST', '/nodes/pve1/lxc/103/migrate', { target: 'pve2', restart: 1 });
    const task = await finish(upid);
    expect(upid).toContain(':vzmigrate:103:');
    expect(task.lines.some((line) => /\d+ bytes \(.* GB, .* GiB\) copied, \d+ s, \d+ MB\/s$/.test(line))).toBe(true);
    expect(await guestRow(103)).toMatchObject({ node: 'pve2', status: 'running' });
  });
});

describe('a backup', () => {
  it('tells its percentage, never the same twice, and leaves an archive', async () => {
    const upid = await bench.data<string>('POST', '/nodes/pve1/vzdump', {
      vmid: 101,
      storage: 'nas',
      mode: 'snapshot',
    });
    await turn();
    expect(await guestRow(101)).toMatchObject({ lock: 'backup' });
    const task = await finish(upid);
    const percents = task.lines.flatMap((line) => BACKUP.exec(line)?.[1] ?? []).map(Number);
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual([...new Set(percents)].sort((a, b) => a - b));
    const files = await bench.data<Record<string, unknown>[]>('GET', '/nodes/pve2/storage/nas/content?content=backup');
    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({ vmid: 101, format: 'vma.zst' });
  });

  it('keeps three archives of a guest', async () => {
    for (let count = 0; count < 5; count += 1) {
      await finish(await bench.data('POST', '/nodes/pve1/vzdump', { vmid: 103, storage: 'nas' }));
    }
    expect(await bench.data('GET', '/nodes/pve1/storage/nas/content?content=backup&vmid=103')).toHaveLength(3);
  });

  it('ends with job errors when it is stopped', async () => {
    const upid = await bench.data<string>('POST', '/nodes/pve1/vzdump', { vmid: 101, storage: 'nas' });
    await bench.call('DELETE', `/nodes/pve1/tasks/${upid}`);
    expect(taskOf(upid).exitStatus).toBe('job errors');
    expect((await guestRow(101))?.['lock']).toBeUndefined();
  });
});

describe('a log', () => {
  const log = async (upid: string, query = '') =>
    (await bench.call('GET', `/nodes/pve1/tasks/${upid}/log${query}`)).json;

  it('is counted from 1, skipped from 0, 50 lines at a time, all with limit 0', async () => {
    const upid = await migrate();
    const task = await finish(upid);
    const all = await log(upid, '?limit=0');
    expect(all.total).toBe(task.lines.length);
    expect(all.data).toEqual(task.lines.map((t, index) => ({ n: index + 1, t })));
    expect((await log(upid)).data).toHaveLength(50);
    const page = await log(upid, '?start=10&limit=2');
    expect(page.data).toEqual([
      { n: 11, t: task.lines[10] },
      { n: 12, t: task.lines[11] },
    ]);
    expect((await log(upid, `?start=${task.lines.length}`)).data).toEqual([]);
    expect((await log(encodeURIComponent(upid), '?limit=1')).total).toBe(task.lines.length);
  });

  it('is sent whole as a file without a length, its end marked by the close', async () => {
    const upid = await migrate();
    const task = await finish(upid);
    const connection = await bench.connect();
    const path = `/api2/json/nodes/pve1/tasks/${upid}/log?download=1`;
    connection.send(`GET ${path} HTTP/1.1\r\nAuthorization: ${bench.lab.apiToken}\r\n\r\n`);
    await connection.closed();
    const [head = '', text] = connection.text.split('\r\n\r\n');
    expect(head).not.toContain('Content-Length');
    expect(text).toBe(task.lines.map((line) => `${line}\n`).join(''));
  });

  it('that is empty says so in a line that is none', async () => {
    const upid = await bench.data<string>('POST', '/nodes/pve1/lxc/103/status/shutdown', {});
    expect(await log(upid)).toEqual({ data: [{ n: 1, t: 'no content' }], total: 1 });
  });

  it('sometimes ends in half a line, which is whole later, and loses nothing', async () => {
    bench.lab.quirks.partialLines = true;
    const upid = await migrate();
    const task = taskOf(upid);
    const halves = new Map<number, string>();
    let before: readonly string[] = [];
    await bench.advanceUntil(() => {
      for (const [index, line] of before.entries()) if (task.lines[index] !== line) halves.set(index, line);
      before = [...task.lines];
      return !task.isRunning;
    }, 50);
    expect(halves.size).toBeGreaterThan(3);
    for (const [index, half] of halves) expect(task.lines[index]?.startsWith(half)).toBe(true);
    expect(task.lines.filter((line) => MIRROR.test(line)).at(-1)).toMatch(/, ready$/);
  });

  it('of a task nobody knows is 400, of a UPID that is none 500', async () => {
    const unknown = await bench.call(
      'GET',
      '/nodes/pve1/tasks/UPID:pve1:00000001:00000001:00000001:vzdump::root@pam:/log',
    );
    expect([unknown.status, unknown.json.errors]).toEqual([400, { upid: 'no such task' }]);
    expect((await bench.call('GET', '/nodes/pve1/tasks/nonsense/log')).status).toBe(500);
  });
});

describe('stopping', () => {
  it('blocks till the task is gone, and kills it after five seconds', async () => {
    bench.lab.quirks.stubbornTasks = true;
    const upid = await migrate();
    const connection = await bench.connect();
    connection.send(
      `DELETE /api2/json/nodes/pve1/tasks/${upid} HTTP/1.1\r\nAuthorization: ${bench.lab.apiToken}\r\n\r\n`,
    );
    await until(() => bench.lab.requests.at(-1)?.method === 'DELETE', 'the request');
    await quiet();
    await bench.clock.advanceAsync(4999);
    await quiet();
    expect(connection.text).toBe('');
    await bench.clock.advanceAsync(1);
    expect((await connection.answer()).status).toBe(200);
    expect(taskOf(upid).exitStatus).toBe('unexpected status');
    const lines = taskOf(upid).lines.length;
    expect(taskOf(upid).lines.at(-1)).not.toMatch(/^TASK/);
    await bench.clock.advanceAsync(10_000);
    expect(taskOf(upid).lines).toHaveLength(lines);
    expect((await bench.call('DELETE', `/nodes/pve1/tasks/${upid}`)).json).toEqual({ data: null });
  });
});

describe('lists of tasks', () => {
  it('show a running one without end in the cluster and as RUNNING on its node', async () => {
    const upid = await migrate();
    const [row] = await bench.data<Record<string, unknown>[]>('GET', '/cluster/tasks');
    expect(row).toMatchObject({ upid, type: 'qmigrate', id: '104', user: 'root@pam', tokenid: 'lab' });
    expect([row?.['status'], row?.['endtime']]).toEqual([undefined, undefined]);
    const active = await bench.data<Record<string, unknown>[]>('GET', '/nodes/pve1/tasks?source=active');
    expect(active.map((one) => [one['upid'], one['status']])).toEqual([[upid, 'RUNNING']]);
    expect(await bench.data('GET', `/nodes/pve1/tasks/${upid}/status`)).toMatchObject({ status: 'running' });
    await finish(upid);
    expect(await bench.data('GET', `/nodes/pve1/tasks/${upid}/status`)).toMatchObject({
      status: 'stopped',
      exitstatus: 'OK',
    });
  });

  it('filter by state, guest and type, and count only what they showed', async () => {
    await finish(await migrate());
    const failed = await bench.data<string>('POST', '/nodes/pve1/lxc/105/status/start', {});
    await finish(failed);
    const list = async (query: string) => {
      const { json } = await bench.call('GET', `/nodes/pve1/tasks?${query}`);
      return [(json.data as Record<string, unknown>[]).map((row) => row['type']), json.total];
    };
    expect(await list('errors=1')).toEqual([['vzstart'], 1]);
    expect(await list('statusfilter=ok')).toEqual([['qmigrate'], 1]);
    expect(await list('vmid=105')).toEqual([['vzstart'], 1]);
    expect(await list('typefilter=qmigrate')).toEqual([['qmigrate'], 1]);
    expect(await list('limit=1')).toEqual([['vzstart'], 1]);
  });

  it('keep 200 ended tasks a node', async () => {
    for (let count = 0; count < 230; count += 1) await bench.data('POST', '/nodes/pve1/qemu/101/status/resume', {});
    await turn();
    await bench.data('POST', '/nodes/pve1/qemu/101/status/resume', {});
    expect(bench.lab.tasks.length).toBeLessThanOrEqual(201);
  });
});

describe('a demo that lives', () => {
  it('has a past with every kind of end, and a migration, a backup and an upload that succeed', async () => {
    const clock = new FakeClock();
    const lab = await startLab({ clock, quirks: { partialLines: false } });
    const ends = new Set(lab.tasks.map((task) => task.exitStatus?.replace(/\d/g, 'n')));
    expect(ends).toEqual(new Set(['OK', 'WARNINGS: n', 'start failed: QEMU exited with code n', 'unexpected status']));
    const past = lab.tasks.length;
    await clock.advanceAsync(100_000);
    const now = lab.tasks.slice(past).map((task) => [task.key.type, task.exitStatus]);
    expect(now).toEqual([
      ['qmigrate', 'OK'],
      ['vzdump', 'OK'],
      ['imgcopy', 'OK'],
    ]);
    await clock.advanceAsync(2 * 150_000);
    const later = lab.tasks.slice(past + 3).map((task) => task.exitStatus?.split(':')[0]);
    expect(new Set(later)).toEqual(new Set(['OK', 'WARNINGS', 'checksum mismatch']));
    await lab.close();
    expect(clock.timerCount).toBe(0);
  });
});
