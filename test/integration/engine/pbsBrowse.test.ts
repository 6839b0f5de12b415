import { afterEach, describe, expect, it } from 'vitest';

import type { ApiClient } from '../../../electron/engine/api/apiClient.ts';
import { listDatastores, listGroups, listSnapshots } from '../../../electron/engine/pbs/browse.ts';
import { Restore } from '../../../electron/engine/pbs/restore.ts';
import { createInProcessHost, type InProcessHost } from '../../../electron/hosts/inProcess/inProcessHost.ts';
import { createNodeDeps } from '../../../electron/hosts/nodeDeps.ts';
import { startLab } from '../../../electron/lab/lab.ts';
import { keyFingerprint } from '../../../electron/lab/pbs/labKeys.ts';
import { PbsLab } from '../../../electron/lab/pbs/pbsLab.ts';
import { sampleKey } from '../../../electron/lab/pbs/samples.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { missing, needs, type PrivilegeTree } from '../../../shared/model/privileges.ts';
import { wireVersion } from '../../../shared/wire/linkTerms.ts';
import { FakeDocuments } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { snapshotOf } from '../../support/pbsBench.ts';

checkLeaks();

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(user?: (lab: PbsLab) => { username: string; password: string }) {
  const lab = await PbsLab.start({ quirks: { authDelayMs: 0 } });
  const deps = createNodeDeps({ host: 'in-process', version: 'test' });
  const host = createInProcessHost({ ...deps, documents: new FakeDocuments() });
  cleanUps.push(
    () => lab.close(),
    () => host.engine.close(100),
  );
  const { username, password } = user?.(lab) ?? lab;
  return { lab, host, clusterId: await signIn(host, lab, username, password) };
}

async function signIn(
  { connect }: InProcessHost,
  server: { address: string; fingerprint: string },
  who: string,
  password: string,
) {
  const [username = '', realm = ''] = who.split('@');
  const { address, fingerprint: acceptFingerprint } = server;
  const result = await connect().call('session.login', { address, acceptFingerprint, username, realm, password });
  if (result.kind !== 'signed-in') throw new Error('asked for more');
  return result.clusterId;
}

/** Restores a small blob as whoever is signed in. */
async function readsConfig(lab: PbsLab, host: InProcessHost, clusterId: string): Promise<void> {
  const server = host.engine.backups.server(clusterId);
  const { ref, snapshot } = snapshotOf(lab, '100');
  let written = Buffer.alloc(0);
  const restore = new Restore({
    ...{
      server,
      snapshot: ref,
      archive: 'qemu-server.conf.blob',
      key: undefined,
      clock: systemClock,
      heartbeatMs: 0,
    },
    createTarget: () =>
      Promise.resolve({
        setSize: () => Promise.resolve(),
        write: (data) => {
          written = Buffer.from(data);
          return Promise.resolve();
        },
        finish: () => Promise.resolve(),
        discard: () => Promise.resolve(),
      }),
    on: { sized: () => {}, written: () => {} },
  });
  await restore.run(new AbortController().signal);
  expect(written).toEqual(Buffer.concat([...(snapshot.archive('qemu-server.conf.blob')?.decoded() ?? [])]));
}

const codeOf = (work: Promise<unknown>) => work.then(String, (error: unknown) => AppError.from(error).code);

/** Answers what a test says, as a server of another version may. */
function answering(answers: Record<string, unknown>): ApiClient {
  const get = (path: string, schema: { safeParse(data: unknown): { data: unknown } }) =>
    answers[path] === undefined
      ? Promise.reject(new AppError('forbidden', 'no'))
      : Promise.resolve(schema.safeParse(answers[path]).data);
  return { get } as unknown as ApiClient;
}

describe('a list of a server of another version', () => {
  it('is read with numbers as text, without details, and without its odd rows', async () => {
    const row = { 'backup-type': 'vm', 'backup-id': '100', 'backup-time': '1709284500', files: null };
    const api = answering({
      '/admin/datastore': [
        { store: 'b', maintenance: 'type=read-only,message="moving"' },
        { store: 'a', maintenance: { type: 'offline' }, comment: 7 },
        { store: 3 },
        'nonsense',
      ],
      '/admin/datastore/a/groups': [
        { 'backup-type': 'vm', 'backup-id': 100, 'last-backup': '1709284500' },
        { 'backup-type': 'tape', 'backup-id': '1', 'last-backup': 1 },
      ],
      '/admin/datastore/a/snapshots': [row],
    });
    expect(await listDatastores(api)).toEqual([
      { name: 'a', comment: '7', maintenance: 'offline' },
      { name: 'b', maintenance: 'read-only' },
    ]);
    const place = { datastore: 'a', namespace: '' };
    expect(await listGroups(api, place)).toEqual([{ type: 'vm', id: '100', count: 0, newestS: 1_709_284_500 }]);
    const [snapshot] = await listSnapshots(api, place);
    expect(snapshot).toMatchObject({ timeS: 1_709_284_500, isProtected: false, files: [] });
  });
});

describe('the backups of a signed-in Backup Server', () => {
  it('are listed from the datastore down to the archive', async () => {
    const { lab, host, clusterId } = await start();
    const { backups } = host.engine;
    const stores = await backups.datastores(clusterId);
    expect(stores.map(({ name }) => name)).toEqual(lab.datastores.map(({ name }) => name).sort());
    expect(stores.every(({ totalBytes, usedBytes }) => totalBytes === 2 ** 40 && usedBytes === 2 ** 38)).toBe(true);
    expect(await backups.namespaces(clusterId, 'backups')).toEqual(['', 'secret']);
    const all = await backups.snapshots(clusterId, { datastore: 'backups', namespace: '' });
    const { snapshot } = snapshotOf(lab, '100');
    expect(all.map(({ type, id }) => `${type}/${id}`)).toEqual([
      'ct/104',
      ...Array.from({ length: 5 }, () => 'vm/100'),
    ]);
    expect(all[1]).toMatchObject({
      ...{ datastore: 'backups', namespace: '', timeS: snapshot.plan.timeS, owner: 'root@pam' },
      ...{ comment: 'web server', verification: 'ok', isProtected: false },
    });
    expect(all[1]?.files.map(({ name }) => name)).toContain('drive-scsi0.img.fidx');
    const times = all.slice(1).map(({ timeS }) => timeS);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const one = await backups.snapshots(clusterId, {
      datastore: 'backups',
      namespace: 'secret',
      type: 'vm',
      id: '200',
    });
    expect(one.map(({ id }) => id)).toEqual(['200']);
    expect(one[0]?.files[0]?.crypt).toBe('encrypt');
  });

  it('are listed by groups, and archives of files from the inside', async () => {
    const { lab, host, clusterId } = await start();
    const { backups } = host.engine;
    const root = { datastore: 'backups', namespace: '' };
    const groups = await backups.groups(clusterId, root);
    expect(groups.map(({ type, id, count }) => [type, id, count])).toEqual([
      ['ct', '104', 1],
      ['vm', '100', 5],
    ]);
    const { ref } = snapshotOf(lab, '104');
    const snapshot = { ...root, type: 'ct' as const, id: '104', timeS: ref.timeS };
    const [archive] = await backups.entries(clusterId, snapshot, '');
    expect(archive).toMatchObject({ name: 'root.pxar.didx', kind: 'folder' });
    const inside = await backups.entries(clusterId, snapshot, archive?.filepath ?? '');
    expect(inside.map(({ name, kind }) => `${kind} ${name}`)).toEqual(['folder etc', 'folder var', 'file readme.txt']);
    const etc = await backups.entries(clusterId, snapshot, inside[0]?.filepath ?? '');
    expect(etc.map(({ name, kind, sizeBytes }) => [name, kind, sizeBytes])).toEqual([
      ['hostname', 'file', 5],
      ['hosts', 'file', 34],
      ['mtab', 'link', undefined],
    ]);
  });

  it('tell the fingerprint of the key they need', async () => {
    const { host, clusterId } = await start();
    const query = { datastore: 'backups', namespace: 'secret', type: 'vm' as const, id: '200' };
    const [snapshot] = await host.engine.backups.snapshots(clusterId, query);
    expect(snapshot?.keyFingerprint).toBe(keyFingerprint(sampleKey).replaceAll(':', ''));
  });

  it('are read with the ticket of the session', async () => {
    const { lab, host, clusterId } = await start();
    await readsConfig(lab, host, clusterId);
    expect(lab.tasks[0]?.user).toBe('root@pam'); // by the ticket, not by a token
  });

  it('are refused in the words of the server to who may not see them', async () => {
    const { host, clusterId } = await start((lab) => lab.stranger);
    const { backups } = host.engine;
    expect(await backups.datastores(clusterId)).toEqual([]);
    expect(await codeOf(backups.snapshots(clusterId, { datastore: 'backups', namespace: '' }))).toBe('forbidden');
  });

  it('are offered by the privileges that this server has words for', async () => {
    const { host, clusterId } = await start((lab) => lab.reader);
    const page = host.connect();
    const told: PrivilegeTree[] = [];
    page.on('privileges.changed', ({ tree }) => tree && told.push(tree));
    await page.call('app.hello', { wireVersion });
    await until(() => told.length > 0);
    expect(missing(told[0], needs.readBackups('archive'))).toBeUndefined();
    expect(missing(told[0], needs.readOwnBackups('archive'))).toBe('Datastore.Backup on /datastore/archive');
    expect((await host.engine.backups.datastores(clusterId)).map(({ name }) => name)).toEqual(['archive']);
  });

  it('are there for who has a second factor, and for a ticket in a cookie', async () => {
    const { lab, host } = await start();
    lab.quirks.ticketIn = 'cookie';
    const { address, fingerprint: acceptFingerprint, totp } = lab;
    const page = host.connect();
    const who = { username: 'ada', realm: 'pbs', password: totp.password };
    const half = await page.call('session.login', { address, acceptFingerprint, ...who });
    if (half.kind !== 'second-factor') throw new Error('asked for nothing more');
    const { challengeId } = half;
    const result = await page.call('session.answer', { challengeId, kind: 'totp', code: totp.code() });
    if (result.kind !== 'signed-in') throw new Error('asked for more');
    await readsConfig(lab, host, result.clusterId);
    expect(lab.tasks.at(-1)?.user).toBe('ada@pbs');
  });

  it('are looked for on a Backup Server alone', async () => {
    const { host } = await start();
    const cluster = await startLab({ quirks: { authDelayMs: 0 }, life: false });
    cleanUps.unshift(() => cluster.close());
    const clusterId = await signIn(host, cluster, cluster.username, cluster.password);
    expect(await codeOf(host.engine.backups.datastores(clusterId))).toBe('unsupported');
    await host.connect().call('session.logout', { clusterId });
    expect(() => host.engine.backups.server(clusterId)).toThrow(/Sign in again/);
  });
});
