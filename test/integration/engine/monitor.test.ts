import { afterEach, expect, it } from 'vitest';

import type { HistoryEntry } from '../../../shared/model/history.ts';
import type { TaskNotice } from '../../../shared/model/task.ts';
import { EngineBench, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench;
let state: PageState;

afterEach(async () => {
  await bench.close();
});

async function start(taskPace: number): Promise<void> {
  bench = await EngineBench.start({ life: false, quirks: { taskPace } });
  state = await bench.signedIn();
  await until(() => state.guests.has('qemu/101'));
}

const migrate = async () => {
  const plan = { target: 'pve2' };
  const { upid } = await state.page.call('guest.migrate', { clusterId: state.cluster.id, guestId: 'qemu/101', plan });
  return upid;
};

const samplesOf = async (upid: string) =>
  (await state.page.call('task.samples', { clusterId: state.cluster.id, upid })).samples;

/** A few samples come one a second. */
async function untilSampled(upid: string, count: number): Promise<void> {
  const untilMs = performance.now() + 20_000;
  while ((await samplesOf(upid)).length < count) {
    if (performance.now() > untilMs) throw new Error(`${count} samples did not come`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('goes on with the course of a task where the engine before it ended', async () => {
  await start(4);
  const upid = await migrate();
  await untilSampled(upid, 2);
  const before = await samplesOf(upid);
  await bench.restart();
  state = await bench.open();
  await until(() => state.tasks.get(upid)?.state === 'running', 'the task that runs');
  await untilSampled(upid, before.length + 1);
  const after = await samplesOf(upid);
  expect(after.slice(0, before.length)).toEqual(before);
  for (const [at, sample] of after.slice(1).entries()) expect(sample.atMs).toBeGreaterThan(after[at]?.atMs ?? 0);
});

it('remembers what is over, finds it by words, saves it as a file, and tells of the end once', async () => {
  await start(80);
  const notices: TaskNotice[] = [];
  state.page.on('task.notice', (notice) => notices.push(notice));
  const upid = await migrate();
  await until(() => state.tasks.get(upid)?.state === 'ok', 'the migration', 20_000);
  const filter = { search: 'qmigrate WEB-frontend', clusterId: state.cluster.id };
  const found = await state.page.call('history.list', { filter, limit: 10 });
  expect(found.entries.map((entry) => entry.upid)).toContain(upid);
  expect(found.entries[0]).toMatchObject({ guestName: 'web-frontend', clusterName: state.cluster.name, state: 'ok' });
  expect((await state.page.call('history.list', { filter: { search: 'nothing like it' }, limit: 10 })).total).toBe(0);
  await until(() => notices.length > 0);
  expect(notices.filter((notice) => notice.upid === upid)).toMatchObject([
    { kind: 'finished', title: 'Migration of web-frontend finished' },
  ]);

  const json = JSON.parse(await exported('json')) as HistoryEntry[];
  expect(json.map((entry) => entry.upid)).toContain(upid);
  const lines = (await exported('csv')).trimEnd().split('\r\n');
  expect(lines[0]).toMatch(/^clusterName,node,type,vmid,/);
  expect(lines).toHaveLength(json.length + 1);

  await bench.restart();
  state = await bench.open();
  expect((await state.page.call('history.list', { filter, limit: 10 })).entries.map((entry) => entry.upid)).toContain(
    upid,
  );
  await state.page.call('history.clear', {});
  expect((await state.page.call('history.list', { filter: {}, limit: 10 })).total).toBe(0);
});

it('gives the history page by page, each entry once', async () => {
  await start(80);
  const { id: clusterId } = state.cluster;
  for (const guestId of ['qemu/101', 'lxc/103', 'qemu/104']) {
    const { upid } = await state.page.call('guest.migrate', { clusterId, guestId, plan: { target: 'pve2' } });
    await until(() => (state.tasks.get(upid)?.state ?? 'running') !== 'running', guestId, 20_000);
  }
  const { total } = await state.page.call('history.list', { filter: {}, limit: 500 });
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await state.page.call('history.list', { filter: {}, limit: 2, ...(after && { after }) });
    seen.push(...page.entries.map((entry) => entry.upid));
    after = page.next;
  } while (after !== undefined);
  expect(total).toBeGreaterThanOrEqual(3);
  expect(new Set(seen).size).toBe(total);
  expect(seen).toHaveLength(total);
});

function exported(format: 'csv' | 'json'): Promise<string> {
  return new Promise((resolve, reject) => {
    const channel = state.page.open('history.export', { format, filter: {} });
    let text = '';
    channel.onData((chunk) => {
      text += Buffer.from(chunk).toString();
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => channel.end());
    channel.onClose((reason) => (reason.kind === 'failed' ? reject(reason.error) : resolve(text)));
    channel.start();
  });
}
