import { afterEach, describe, expect, it } from 'vitest';

import { type LoginLab, startLoginLab } from '../../../electron/lab/login/loginLab.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server that is signed in to, with a page that knows what it lists. */
async function start(product: 'pbs' | 'pdm', prepare: (server: LoginLab) => void) {
  const bench = await EngineBench.start({ life: false });
  cleanUps.push(() => bench.close());
  const server = await startLoginLab({ product });
  cleanUps.push(() => server.close());
  prepare(server);
  const state = await bench.open();
  const { address, fingerprint: acceptFingerprint, password } = server;
  await state.page.call('session.login', { address, acceptFingerprint, username: 'root', realm: 'pam', password });
  await until(() => state.tasks.size > 0, 'the tasks');
  return { bench, server, state };
}

const ofType = (state: PageState, type: string) => {
  const found = [...state.tasks.values()].find((task) => task.type === type);
  if (!found) throw new Error(`no task of type ${type}`);
  return found;
};

async function readLog(state: PageState, upid: string, after = 0): Promise<string[]> {
  const channel = state.page.open('task.log', { clusterId: state.cluster.id, upid, after });
  const chunks: Buffer[] = [];
  channel.onData((chunk) => {
    chunks.push(Buffer.from(chunk));
    channel.consumed(chunk.length);
  });
  const ended = new Promise<void>((resolve) => channel.onEnd(resolve));
  channel.start();
  await ended;
  channel.dispose();
  return Buffer.concat(chunks).toString('utf8').trimEnd().split('\n');
}

describe('Backup Server', () => {
  it('lists what runs and what ended, with what it is about, who started it and how it ended', async () => {
    const { state } = await start('pbs', ({ tasks }) => {
      tasks.start({ type: 'backup', workerId: 'main:vm/100', user: 'root@pam!nightly', ageS: 90 });
      tasks.end(tasks.start({ type: 'garbage_collection', workerId: 'main', ageS: 4_000 }));
      tasks.end(tasks.start({ type: 'syncjob', workerId: 'offsite:main:main::s-1', ageS: 3_000 }), 'no route to host');
      tasks.end(tasks.start({ type: 'verificationjob', workerId: 'main:v-7', ageS: 2_000 }), 'WARNINGS: 2');
      tasks.end(tasks.start({ type: 'prunejob', workerId: 'main::weekly', ageS: 1_000 }), 'unknown');
    });
    const running = ofType(state, 'backup');
    expect(running).toMatchObject({ node: 'pbs1', subject: 'vm/100 in main', user: 'root@pam!nightly' });
    expect(running).toMatchObject({ state: 'running' });
    expect(running.vmid).toBeUndefined();
    expect(ofType(state, 'garbage_collection')).toMatchObject({ state: 'ok', subject: 'main' });
    expect(ofType(state, 'syncjob')).toMatchObject({ state: 'failed', subject: 'main from offsite' });
    expect(ofType(state, 'syncjob').exitText).toBe('no route to host');
    expect(ofType(state, 'verificationjob').state).toBe('warnings');
    expect(ofType(state, 'prunejob')).toMatchObject({ state: 'unknown', subject: 'main' });
  });

  it('finds one that runs behind more than a hundred that ended since', async () => {
    const { state } = await start('pbs', ({ tasks }) => {
      tasks.start({ type: 'garbage_collection', workerId: 'main', ageS: 90_000 });
      for (let at = 0; at < 150; at += 1)
        tasks.end(tasks.start({ type: 'backup', workerId: `main:vm/${100 + at}`, ageS: 500 - at }));
    });
    expect(ofType(state, 'garbage_collection').state).toBe('running');
    expect(state.tasks.size).toBe(101);
  });

  it('reads from the log how far it is, and knows the end before the list does', async () => {
    const { server, state } = await start('pbs', ({ tasks }) => {
      tasks.log(tasks.start({ type: 'verificationjob', workerId: 'main:v-7' }), 'verify datastore main');
    });
    const [task] = server.tasks.all;
    if (!task) throw new Error('no task');
    server.tasks.log(task, '  verified 3/12 MiB in 0.5 seconds, speed 6.0/24.0 MiB/s (0 errors)');
    server.tasks.log(task, 'percentage done: 25.00% (1/4 groups)', 'verify group main:vm/101 (1 snapshots)');
    await until(() => ofType(state, 'verificationjob').progress?.fraction === 0.25, 'a quarter', 10_000);
    expect(ofType(state, 'verificationjob').progress?.bytesPerSecond).toBe(24 << 20);
    server.tasks.end(task);
    await until(() => ofType(state, 'verificationjob').state === 'ok', 'the end', 10_000);
    expect(ofType(state, 'verificationjob').progress?.fraction).toBe(1);
  });

  it('gives a log whole, each line once, though its pages overlap by one', async () => {
    const { server, state } = await start('pbs', ({ tasks }) => {
      const task = tasks.start({ type: 'syncjob', workerId: 'offsite:main:main::s-1' });
      tasks.log(task, ...Array.from({ length: 2_500 }, (_, at) => `sync snapshot vm/100/${at}`));
      tasks.end(task);
    });
    const { upid } = ofType(state, 'syncjob');
    const lines = await readLog(state, upid);
    expect(lines).toEqual(server.tasks.all[0]?.lines);
    expect(await readLog(state, upid, 2_400)).toEqual(server.tasks.all[0]?.lines.slice(2_400));
  });

  it('is stopped where it runs', async () => {
    const { state } = await start('pbs', ({ tasks }) => {
      tasks.start({ type: 'garbage_collection', workerId: 'main' });
    });
    const { clusterId, upid } = ofType(state, 'garbage_collection');
    await state.page.call('task.stop', { clusterId, upid });
    await until(() => ofType(state, 'garbage_collection').state === 'failed', 'the end', 10_000);
    expect(await failureOf(state.page.call('task.stop', { clusterId, upid: 'UPID:nothing' }))).toMatchObject({
      code: 'invalid',
    });
  });
});

describe('Datacenter Manager', () => {
  it('lists its own tasks and those of its remotes, each with its remote, and follows both', async () => {
    const { server, state } = await start('pdm', ({ tasks }) => {
      tasks.end(tasks.start({ type: 'logrotate', ageS: 500 }));
      tasks.start({ type: 'qmigrate', workerId: '114', remote: 'pve:north', node: 'n2', ageS: 20 });
      tasks.end(tasks.start({ type: 'backup', workerId: 'main:ct/7', remote: 'pbs:vault', node: 'pbs9', ageS: 60 }));
    });
    expect(ofType(state, 'logrotate')).toMatchObject({ node: 'pdm1', state: 'ok' });
    expect(ofType(state, 'logrotate').remote).toBeUndefined();
    expect(ofType(state, 'backup')).toMatchObject({ remote: 'vault', node: 'pbs9', subject: 'ct/7 in main' });
    const migration = ofType(state, 'qmigrate');
    expect(migration).toMatchObject({ remote: 'north', node: 'n2', vmid: 114, state: 'running' });

    const task = server.tasks.all.find(({ type }) => type === 'qmigrate');
    if (!task) throw new Error('no migration');
    server.tasks.log(task, '2026-03-01 10:00:01 starting migration of VM 114 to node n1', 'a line', 'another');
    server.tasks.log(
      task,
      '2026-03-01 10:00:02 migration active, transferred 512.0 MiB of 2.0 GiB VM-state, 256.0 MiB/s',
    );
    server.tasks.log(
      task,
      '2026-03-01 10:00:03 migration active, transferred 1.0 GiB of 2.0 GiB VM-state, 256.0 MiB/s',
    );
    await until(() => (ofType(state, 'qmigrate').progress?.fraction ?? 0) > 0.2, 'its bar', 10_000);
    server.tasks.end(task);
    await until(() => ofType(state, 'qmigrate').state === 'ok', 'the end', 10_000);
    expect(await readLog(state, migration.upid)).toEqual(task.lines);
  });
});
