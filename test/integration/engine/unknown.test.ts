// A request with side effects whose answer is lost: sent once, told as unknown, and the state read anew before.
import { afterEach, expect, it } from 'vitest';

import { EngineBench, failureOf } from '../../support/engineBench.ts';

let bench: EngineBench;
afterEach(() => bench.close());

it.each([
  ['the connection ends before the answer', { losesAnswers: true }],
  ['the cluster says 596 of its node', { failAll: { status: 596, reason: 'Broken pipe' } }],
] as const)('is never sent again by itself where %s', async (_how, quirks) => {
  bench = await EngineBench.start({ life: false });
  const state = await bench.signedIn();
  bench.lab.forgetRequests();
  Object.assign(bench.lab.quirks, quirks);
  const { id: clusterId } = state.cluster;
  const start = state.page.call('guest.power', { clusterId, guestId: 'lxc/204', action: 'start' });
  expect(await failureOf(start)).toMatchObject({ code: 'outcome-unknown' });
  const asked = bench.lab.requests.map(({ method, path }) => `${method} ${path}`);
  const posts = asked.filter((line) => line.startsWith('POST'));
  expect(posts).toEqual([expect.stringMatching(/\/status\/start$/)]);
  const behind = asked.slice(asked.indexOf(posts[0]!));
  expect(behind.some((line) => line.endsWith('/cluster/resources'))).toBe(true);
});
