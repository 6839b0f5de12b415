// What following many tasks costs the servers: what is asked does not grow with what has ended.
import { afterEach, beforeEach, expect, it } from 'vitest';

import { createNodeDeps } from '../../../electron/hosts/nodeDeps.ts';
import { createInProcessHost, type InProcessHost } from '../../../electron/hosts/inProcess/inProcessHost.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import { BusyServers } from '../../support/busyServers.ts';
import { FakeDocuments, FakeLog, PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const RUNNING = 20;
const FOLLOWED = 12; // logs of one cluster that are read at once
const LISTED = 100; // ended tasks that a server is asked for at most

let busy: BusyServers;
let host: InProcessHost;
let state: PageState;
beforeEach(async () => {
  busy = await BusyServers.start(1, RUNNING);
  busy.end(40);
  const deps = createNodeDeps({ host: 'in-process', version: 'test', log: new FakeLog() });
  host = createInProcessHost({ ...deps, documents: new FakeDocuments() });
  state = new PageState(host.connect());
  await state.page.call('app.hello', { wireVersion });
  await busy.signIn(state.page);
});
afterEach(async () => {
  await host.engine.close(100);
  await busy.close();
});

const requests = () => busy.servers[0]?.requests ?? [];
const lists = (from: number) =>
  requests()
    .slice(from)
    .filter(({ path }) => path === '/nodes/localhost/tasks');
const logs = (from: number) =>
  requests()
    .slice(from)
    .filter(({ path }) => path.endsWith('/log'));

/** What is asked for while the list is read so many times. */
async function whilePolled(times: number) {
  const from = requests().length;
  await until(() => lists(from).length >= times * 2, 'the polls', 20_000);
  return { lists: lists(from).length / 2, logs: logs(from), all: requests().length - from };
}

it('asks the same for 40 ended tasks and for 400, and reads the logs of twelve at most', {
  timeout: 60_000,
}, async () => {
  await until(() => state.tasks.size === RUNNING + 40, 'the list');
  const few = await whilePolled(2);
  busy.end(360);
  await until(() => state.tasks.size >= RUNNING + LISTED, 'the longer list', 20_000);
  const many = await whilePolled(2);
  expect(new Set([...few.logs, ...many.logs].map(({ path }) => path)).size).toBeLessThanOrEqual(FOLLOWED);
  expect(many.logs.length).toBeGreaterThan(0);
  expect(many.all).toBeLessThanOrEqual(few.all * 2); // a log is asked for once a second, whatever a poll takes
  expect(Math.max(...state.taskChanges.map(({ tasks }) => tasks.length))).toBeLessThanOrEqual(RUNNING + LISTED);
  const again = state.taskChanges.length;
  await whilePolled(1);
  const told = state.taskChanges.slice(again).flatMap(({ tasks }) => tasks);
  expect(told.filter((task) => task.state !== 'running')).toEqual([]); // what has ended is told once
});

it('reads no log and lists seldom while nobody looks', { timeout: 60_000 }, async () => {
  await until(() => logs(0).length > 0, 'the first logs');
  await state.page.call('app.watch', { isWatching: false });
  const from = requests().length;
  await new Promise((resolve) => setTimeout(resolve, 4_000)); // twice the time of a poll while somebody looks
  expect(logs(from).length).toBeLessThanOrEqual(FOLLOWED); // those that were under way
  expect(lists(from).length).toBeLessThanOrEqual(2);
});
