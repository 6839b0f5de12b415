import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { createEmbeddedGuest } from '../../../electron/lab/guests/embeddedGuest.ts';
import { type Lab, startLab } from '../../../electron/lab/lab.ts';
import type { LabQuirks } from '../../../electron/lab/quirks.ts';
import type { RemoteMigrationRequest } from '../../../shared/model/transfer.ts';
import { failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { TransferBench } from './transferBench.ts';

checkLeaks();

const STREAM_BYTES = 512 << 10;

let bench: TransferBench;
let target: Lab;
let targetId: string;
beforeEach(async () => {
  bench = await TransferBench.start({ name: 'here', quirks: { remoteStreamBytes: STREAM_BYTES } });
  target = await startLab({
    name: 'there',
    life: false,
    quirks: { authDelayMs: 0, resourcesLagMs: 0, taskPace: 50 },
    createBackend: ({ vmid, name }) => Promise.resolve(createEmbeddedGuest({ vmid, name })),
  });
  targetId = await signInToTarget();
});
afterEach(async () => {
  await bench.close();
  await target.close();
});

async function signInToTarget(): Promise<string> {
  const [username = '', realm = ''] = target.username.split('@');
  const { address, fingerprint: acceptFingerprint, password } = target;
  const result = await bench.call('session.login', { address, acceptFingerprint, username, realm, password });
  if (result.kind !== 'signed-in') throw new Error('The target asked for more.');
  return result.clusterId;
}

const sourceId = () => bench.state.clusters.find(({ id }) => id !== targetId)?.id ?? '';

const wish = (more: Partial<RemoteMigrationRequest> = {}): RemoteMigrationRequest => ({
  clusterId: sourceId(),
  guestId: 'qemu/101',
  targetClusterId: targetId,
  targetVmid: 4101,
  storages: [{ from: '*', to: 'nas' }],
  bridges: [{ from: 'vmbr0', to: 'vmbr1' }],
  isOnline: true,
  deletesSource: true,
  token: { kind: 'make' },
  ...more,
});

const quirk = (changes: Partial<LabQuirks>) => Object.assign(bench.lab.quirks, changes);

const streamsOf = (streams: readonly { bytes: number; sha256: string | undefined }[]) =>
  streams.map(({ bytes, sha256 }) => `${bytes} ${sha256}`).sort();

/** An address of this machine that is not its loopback. */
const outerHost = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

it('moves a running guest to another cluster with a token of its own, which is gone afterwards', async () => {
  quirk({ remoteBytesPerSecond: 2_000 });
  const { transferId, upid } = await bench.call('transfer.migrate', wish());
  expect(upid).toMatch(/^UPID:pve1:.*:qmigrate:101:/);
  await until(() => /^root@pam!sluice-/.test(bench.transfer(transferId).migration?.tokenToRemove ?? ''));
  quirk({ remoteBytesPerSecond: 0 });
  await bench.untilState(transferId, 'done');
  expect(target.guests.get(4101)).toMatchObject({ name: 'web-frontend', qmpstatus: 'running', lock: undefined });
  expect(bench.lab.guests.has(101)).toBe(false);
  expect(streamsOf(target.receivedStreams)).toEqual(streamsOf(bench.lab.sentStreams));
  await until(() => target.tokensOf('root@pam').length === 1, 'the token to go');
  await until(() => bench.transfer(transferId).migration?.tokenToRemove === undefined, 'the page to know');
});

it('carries 20 connections at once over a bridge, TLS from end to end, and closes it behind the task', async () => {
  quirk({ remoteStreams: 21, remoteBytesPerSecond: 1_000 }); // of the lab's time, which runs 50 times as fast
  const host = outerHost ?? '127.0.0.1';
  const bridge = { listenHost: host, host, port: 0, allowedFrom: [host] };
  const { transferId } = await bench.call('transfer.migrate', wish({ bridge }));
  await until(() => target.receivedStreams.filter(({ isOpen }) => isOpen).length >= 20, '20 streams at once', 20_000);
  await until(() => (bench.transfer(transferId).migration?.bridge?.connections ?? 0) >= 21, 'the meters', 5_000);
  await until(() => (bench.state.meters?.relays.length ?? 0) >= 21, 'the relays in the list');
  quirk({ remoteBytesPerSecond: 0 });
  expect(bench.state.meters?.relays.every(({ label }) => label === `Bridge: ${target.address}`)).toBe(true);
  expect(bench.state.meters?.heldBytes).toBeLessThanOrEqual(bench.state.meters?.budgetBytes ?? 0);
  const done = await bench.untilState(transferId, 'done');
  const state = done.migration?.bridge;
  expect(state?.accepted).toBeGreaterThanOrEqual(22); // status, tunnel's request, control, 21 streams
  expect(state?.upBytes).toBeGreaterThan(21 * STREAM_BYTES); // in TLS records
  expect(streamsOf(target.receivedStreams)).toEqual(streamsOf(bench.lab.sentStreams));
  expect(target.receivedStreams).toHaveLength(21);
  await until(() => (bench.state.meters?.relays.length ?? 0) === 0, 'the bridge closed');
});

it('refuses connections from where none is allowed', async () => {
  const bridge = { listenHost: '127.0.0.1', host: '127.0.0.1', port: 0, allowedFrom: ['192.0.2.0/24'] };
  const failure = await failureOf(bench.call('transfer.migrate', wish({ bridge })));
  expect(failure.message).toMatch(/connect/i);
  expect(target.receivedStreams).toHaveLength(0);
  await until(() => target.tokensOf('root@pam').length === 1, 'the token to go');
});

it('a cancelled one is stopped on the source, and neither guest nor token is left at the target', async () => {
  quirk({ remoteBytesPerSecond: 1_000 });
  const { transferId, upid } = await bench.call('transfer.migrate', wish());
  await until(() => target.receivedStreams.length > 0);
  await bench.call('transfer.cancel', { transferId });
  const task = () => bench.lab.tasks.find((one) => one.upid === upid);
  await until(() => task()?.isRunning === false, 'the task to end');
  await until(() => !target.guests.has(4101), 'the target to clean up');
  expect(bench.lab.guests.get(101)).toMatchObject({ status: 'running', lock: undefined });
  await until(() => target.tokensOf('root@pam').length === 1, 'the token to go');
});

it('goes on while Sluice is away, is found again, and its token is removed then', async () => {
  quirk({ remoteBytesPerSecond: 20_000 });
  const { transferId } = await bench.call('transfer.migrate', wish());
  await bench.restart();
  expect(bench.transfer(transferId).state).toBe('running');
  quirk({ remoteBytesPerSecond: 0 });
  await bench.untilState(transferId, 'done');
  await until(() => target.tokensOf('root@pam').length === 1, 'the token to go');
  const kept = JSON.stringify([...bench.engine.documents.texts]) + bench.engine.log.lines.join('\n');
  expect(kept).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/); // no secret is kept or logged
});

it('takes a token that was given, keeps the source where that is wished, and moves what is off', async () => {
  const [tokenId = '', secret = ''] = target.apiToken.replace('PVEAPIToken=', '').split('=');
  const token = { kind: 'given' as const, tokenId, secret };
  const off = wish({ guestId: 'qemu/203', targetVmid: 4203, token, isOnline: false, deletesSource: false });
  const { transferId } = await bench.call('transfer.migrate', off);
  await bench.untilState(transferId, 'done');
  expect(target.guests.get(4203)).toMatchObject({ name: 'staging', status: 'stopped' });
  expect(bench.lab.guests.has(203)).toBe(true);
  expect(target.tokensOf('root@pam')).toEqual(['lab']);
});

it('restarts a container in the other cluster, volume by volume, and says what its storage does not take', async () => {
  const container = wish({ guestId: 'lxc/103', targetVmid: 4103 });
  const refused = await bench.call('transfer.migrate', container);
  const failed = await bench.untilState(refused.transferId, 'failed');
  expect(failed.error?.message).toContain("storage 'nas' does not support 'rootdir'");
  expect(target.guests.has(4103)).toBe(false);
  const storages = [{ from: 'local-lvm', to: 'local-lvm' }];
  const { transferId, upid } = await bench.call('transfer.migrate', { ...container, storages });
  expect(upid).toContain(':vzmigrate:103:');
  await bench.untilState(transferId, 'done');
  expect(target.guests.get(4103)).toMatchObject({ type: 'lxc', name: 'dns', status: 'running', lock: undefined });
  expect(bench.lab.guests.has(103)).toBe(false);
});

it('says in the words of the clusters what stands against it', async () => {
  const taken = await failureOf(bench.call('transfer.migrate', wish({ targetVmid: 102 })));
  expect(taken.code).toBe('server');
  const off = await failureOf(bench.call('transfer.migrate', wish({ isOnline: false })));
  expect(off.message).toContain('--online');
  const same = await failureOf(bench.call('transfer.migrate', wish({ targetClusterId: sourceId() })));
  expect(same.code).toBe('invalid');
});

it('offers storages, bridges and a free number of the target', async () => {
  const params = { clusterId: sourceId(), guestId: 'qemu/101', targetClusterId: targetId };
  const options = await bench.call('transfer.migrationOptions', params);
  expect(options).toMatchObject({
    isRunning: true,
    sourceStorages: ['local-lvm'],
    sourceBridges: ['vmbr0'],
    targetBridges: ['vmbr0', 'vmbr1'],
    targetAddress: target.address,
    targetFingerprint: target.fingerprint,
    obstacles: [],
  });
  expect(options.targetStorages.map(({ storage }) => storage)).toEqual(['local-lvm', 'nas']);
  expect(target.guests.has(options.targetVmid)).toBe(false);
  expect(options.localHosts.length).toBeGreaterThan(0);
});
