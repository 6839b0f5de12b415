import { afterEach, expect, it } from 'vitest';

import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

/** Follows a task's log to its end. */
class Log {
  text = '';
  hasEnded = false;
  reason: CloseReason | undefined;

  constructor(state: PageState, upid: string, after = 0) {
    const channel = state.page.open('task.log', { clusterId: state.cluster.id, upid, after });
    const decoder = new TextDecoder();
    channel.onData((chunk) => {
      this.text += decoder.decode(chunk, { stream: true });
      channel.consumed(chunk.length);
    });
    channel.onEnd(() => {
      this.hasEnded = true;
      channel.end();
    });
    channel.onClose((reason) => {
      this.reason = reason;
    });
    channel.start();
  }
}

const running = (state: PageState, type: string) =>
  [...state.tasks.values()].find((task) => task.type === type && task.state === 'running');

it('shows how far a migration is, at most four times a second, and the bar goes back only where memory joins in', async () => {
  bench = await EngineBench.start({ quirks: { taskPace: 40 } });
  const state = await bench.signedIn();
  await until(() => running(state, 'qmigrate') !== undefined);
  const upid = running(state, 'qmigrate')?.upid ?? '';
  await until(() => state.tasks.get(upid)?.state !== 'running');
  const told = state.taskChanges.flatMap((change) => change.tasks).filter((task) => task.upid === upid);
  const seen = told.flatMap(({ progress }) =>
    progress?.fraction === undefined ? [] : [{ fraction: progress.fraction, totalBytes: progress.totalBytes }],
  );
  expect(seen.length).toBeGreaterThan(1);
  seen.slice(1).forEach((now, index) => {
    if (now.totalBytes === seen[index]?.totalBytes) {
      expect(now.fraction).toBeGreaterThanOrEqual(seen[index]?.fraction ?? 0);
    }
  });
  expect(state.tasks.get(upid)).toMatchObject({ state: 'ok', progress: { fraction: 1 } });
});

it('follows a log that is seen half written to its end, each line whole and once', async () => {
  bench = await EngineBench.start({ quirks: { taskPace: 40, partialLines: true } });
  const state = await bench.signedIn();
  const backup = () => bench.lab.tasks.find((task) => task.upid.includes(':vzdump:') && task.isRunning);
  await until(() => backup() !== undefined);
  const upid = backup()?.upid ?? '';
  const log = new Log(state, upid);
  await until(() => log.reason !== undefined);
  expect(log.hasEnded).toBe(true);
  const task = bench.lab.tasks.find((candidate) => candidate.upid === upid);
  expect(log.text).toMatch(/TASK (OK|WARNINGS: \d+)\n$/);
  const lines = log.text.trimEnd().split('\n');
  expect(lines).toEqual(task?.lines.slice());
});

it('gives the log of a task that is over at once', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  await until(() => [...state.tasks.values()].some((task) => task.state === 'failed'));
  const failed = [...state.tasks.values()].find((task) => task.state === 'failed');
  expect(failed?.exitText).toBeTruthy();
  const log = new Log(state, failed?.upid ?? '');
  await until(() => log.reason !== undefined);
  expect(log.text.trimEnd().split('\n').at(-1)).toBe(`TASK ERROR: ${failed?.exitText}`);
});

it('stops a task', async () => {
  bench = await EngineBench.start({ quirks: { taskPace: 1, killAfterMs: 50 } });
  const state = await bench.signedIn();
  await until(() => running(state, 'qmigrate') !== undefined);
  const upid = running(state, 'qmigrate')?.upid ?? '';
  await state.page.call('task.stop', { clusterId: state.cluster.id, upid });
  await until(() => state.tasks.get(upid)?.state !== 'running');
  expect(['failed', 'unknown']).toContain(state.tasks.get(upid)?.state);
});

it('refuses what is no task', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  const stop = state.page.call('task.stop', { clusterId: state.cluster.id, upid: 'UPID:../x' });
  expect(await failureOf(stop)).toMatchObject({ code: 'invalid' });
  const log = new Log(state, '../../access/users');
  await until(() => log.reason !== undefined);
  expect(log.reason).toMatchObject({ kind: 'failed', error: { code: 'invalid' } });
});

it('leaves out the lines of a log that the page has already, at any place of it', async () => {
  bench = await EngineBench.start({ quirks: { taskPace: 40 } });
  const state = await bench.signedIn();
  await until(() => [...state.tasks.values()].some((task) => task.state === 'ok'));
  const { upid } = [...state.tasks.values()].find((task) => task.state === 'ok')!;
  const whole = new Log(state, upid);
  await until(() => whole.hasEnded);
  const lines = whole.text.split('\n');
  for (const after of [1, lines.length - 2, lines.length - 1]) {
    const rest = new Log(state, upid, after);
    await until(() => rest.hasEnded);
    expect(rest.text).toBe(lines.slice(after).join('\n'));
  }
});

it('knows how large the disks are that a log of dd does not tell, and reads the log to its end', async () => {
  bench = await EngineBench.start({ life: false, quirks: { taskPace: 4 } });
  const state = await bench.signedIn();
  await until(() => state.guests.has('lxc/103'));
  const disk = bench.lab.guests.get(103)?.disks[0];
  const clusterId = state.cluster.id;
  const { upid } = await state.page.call('guest.migrate', { clusterId, guestId: 'lxc/103', plan: { target: 'pve2' } });
  await until(() => state.tasks.get(upid)?.progress?.phase === 'Finished', 'the end of the log', 40_000);
  const told = state.taskChanges.flatMap((change) => change.tasks).filter((task) => task.upid === upid);
  const copying = told.filter(({ progress }) => (progress?.parts?.length ?? 0) > 0);
  expect(copying.some(({ progress }) => (progress?.fraction ?? 0) > 0.1 && (progress?.fraction ?? 1) < 0.9)).toBe(true);
  expect(copying.at(-1)?.progress?.parts?.[0]).toMatchObject({ name: disk?.volume, totalBytes: disk?.sizeBytes });
  expect(bench.lab.requests.filter(({ path }) => /lxc\/103\/config/.test(path)).length).toBe(1);
});
