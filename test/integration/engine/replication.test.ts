import { afterEach, expect, it } from 'vitest';

import type { Task, TaskNotice } from '../../../shared/model/task.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench;
let state: PageState;
const notices: TaskNotice[] = [];

afterEach(async () => {
  await bench.close();
});

async function start(): Promise<void> {
  notices.length = 0;
  bench = await EngineBench.start({ life: false, quirks: { taskPace: 4 } });
  bench.lab.replications.add({ id: '101-0', vmid: 101, target: 'pve2' });
  bench.lab.replications.start('101-0');
  state = await bench.signedIn();
  state.page.on('task.notice', (notice) => void notices.push(notice));
  await until(() => run() !== undefined, 'the run of the replication', 20_000);
}

const run = (): Task | undefined => [...state.tasks.values()].find(({ type }) => type === 'replication');

function readLog(upid: string): Promise<string> {
  const channel = state.page.open('task.log', { clusterId: state.cluster.id, upid, after: 0 });
  let text = '';
  channel.onData((chunk) => {
    text += Buffer.from(chunk).toString();
    channel.consumed(chunk.length);
  });
  return new Promise((resolve, reject) => {
    channel.onEnd(() => channel.end());
    channel.onClose((reason) => (reason.kind === 'failed' ? reject(reason.error) : resolve(text)));
    channel.start();
  });
}

it('shows a replication with how far it is, and its own log to the end', async () => {
  await start();
  const upid = run()?.upid ?? '';
  expect(run()).toMatchObject({ vmid: 101, node: 'pve1', user: 'schedule' });
  const log = readLog(upid);
  await until(() => run()?.progress?.phase === 'Finished', 'the end of the log', 30_000);
  const told = state.taskChanges.flatMap((change) => change.tasks).filter((task) => task.upid === upid);
  expect(told.some(({ progress }) => (progress?.fraction ?? 0) > 0.1 && (progress?.fraction ?? 1) < 0.9)).toBe(true);
  await until(() => run()?.state === 'ok', 'the end', 20_000);
  expect(run()?.progress).toMatchObject({ fraction: 1 });
  const text = await log;
  expect(text).toMatch(/101-0: start replication job\n/);
  expect(text).toMatch(/101-0: end replication job\n$/);
  const { id: clusterId } = state.cluster;
  expect((await failureOf(state.page.call('task.stop', { clusterId, upid }))).code).toBe('unsupported');
  expect(notices).toEqual([]); // one each quarter of an hour
});

it('has one row a job, tells of a run that failed, and remembers that one alone', async () => {
  await start();
  await until(() => run()?.state === 'ok', 'the first run', 30_000);
  const first = run()?.upid;
  bench.lab.replications.start('101-0', 'no space left on device');
  await until(() => run()?.state === 'failed', 'the second run', 40_000);
  expect(run()?.upid).not.toBe(first);
  expect(run()?.exitText).toBe('no space left on device');
  expect([...state.tasks.values()].filter(({ type }) => type === 'replication')).toHaveLength(1);
  await until(() => notices.length > 0, 'the notice');
  expect(notices).toMatchObject([{ kind: 'failed', title: 'Replication of web-frontend failed' }]);
  const { entries } = await state.page.call('history.list', { filter: { search: 'replication' }, limit: 10 });
  expect(entries.map(({ state: kind }) => kind)).toEqual(['failed']);
});
