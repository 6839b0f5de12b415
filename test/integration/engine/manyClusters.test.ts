// Four servers of three products, each signed in to once, each with a fate of its own.
import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { afterEach, expect, it } from 'vitest';

import { type LoginLab, startLoginLab } from '../../../electron/lab/login/loginLab.ts';
import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import { PbsLab } from '../../../electron/lab/pbs/pbsLab.ts';
import type { Cluster } from '../../../shared/model/cluster.ts';
import { EngineBench, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { snapshotOf } from '../../support/pbsBench.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Servers {
  readonly bench: EngineBench;
  readonly state: PageState;
  readonly south: Lab;
  readonly backup: PbsLab;
  readonly manager: LoginLab;
  of(server: { readonly address: string }): Cluster;
}

async function start(): Promise<Servers> {
  const bench = await EngineBench.start();
  cleanUps.push(() => bench.close());
  const south = await startLab({ quirks: { authDelayMs: 0 }, life: false });
  cleanUps.push(() => south.close());
  const backup = await PbsLab.start({ quirks: { authDelayMs: 0 } });
  cleanUps.push(() => backup.close());
  const manager = await startLoginLab({ product: 'pdm' });
  cleanUps.push(() => manager.close());
  const state = await bench.open();
  for (const { address, fingerprint, username, password } of [bench.lab, south, backup, manager]) {
    const [name = '', realm = ''] = username.split('@');
    const login = { address, acceptFingerprint: fingerprint, username: name, realm, password };
    await state.page.call('session.login', login);
  }
  const of = (server: { readonly address: string }) => {
    const found = state.clusters.find(({ address }) => address === server.address);
    if (!found) throw new Error(`nothing is listed at ${server.address}`);
    return found;
  };
  await until(() => state.clusters.length === 4 && state.clusters.every((one) => one.state === 'signed-in'));
  return { bench, state, south, backup, manager, of };
}

it('each server has a state of its own, and what befalls one is nothing to the others', async () => {
  const { bench, state, south, backup, manager, of } = await start();
  expect(state.clusters.map(({ product }) => product).sort()).toEqual(['pbs', 'pdm', 'pve', 'pve']);
  south.refuseConnections(true);
  south.killConnections({ reset: true });
  backup.invalidateTickets();
  await state.page.call('session.logout', { clusterId: of(manager).id });
  await until(() => of(south).state === 'unreachable', 'the one that is away', 30_000);
  await until(() => of(manager).state === 'signed-out');
  // Whatever is asked of it next: that it is signed out is known then.
  await expect(bench.host.engine.backups.datastores(of(backup).id)).rejects.toMatchObject({ code: 'session-expired' });
  await until(() => of(backup).state === 'signed-out');
  expect(of(backup).error?.code).toBe('session-expired');
  expect(of(bench.lab).state).toBe('signed-in');
  const asked = bench.lab.requests.length;
  await until(() => bench.lab.requests.length > asked, 'the next question to the one that is well', 10_000);

  south.refuseConnections(false);
  await until(() => of(south).state === 'signed-in', 'the one that came back', 60_000);
  expect(of(manager).state).toBe('signed-out'); // that was wished
}, 120_000);

it('a door leads to a Backup Server too, and streams what has no length', async () => {
  const { state, backup, of } = await start();
  const door = await state.page.call('gateway.open', { clusterId: of(backup).id, allowsWrites: false, port: 0 });
  const headers = { authorization: `Bearer ${door.token}` };
  const fetched = (path: string) =>
    new Promise<{ status: number; bytes: number; sum: string }>((resolve, reject) => {
      get(`${door.url}/api2/json${path}`, { headers, agent: false }, (answer) => {
        const hash = createHash('sha256');
        let bytes = 0;
        answer.on('data', (piece: Buffer) => {
          bytes += piece.length;
          hash.update(piece);
        });
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, bytes, sum: hash.digest('hex') }));
        answer.once('error', reject);
      }).once('error', reject);
    });
  expect((await fetched('/admin/datastore')).status).toBe(200);
  const { ref, snapshot } = snapshotOf(backup, '100');
  const archive = 'drive-scsi0.img.fidx';
  const which = `backup-type=vm&backup-id=100&backup-time=${ref.timeS}&file-name=${archive}`;
  const whole = await fetched(`/admin/datastore/${ref.datastore}/download-decoded?${which}`);
  expect(whole).toEqual({ status: 200, bytes: 96 << 20, sum: snapshot.archive(archive)?.contentSum() });
}, 60_000);
