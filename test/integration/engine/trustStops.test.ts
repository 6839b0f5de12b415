import { afterEach, expect, it } from 'vitest';

import { EngineBench, failureOf } from '../../support/engineBench.ts';
import { ask } from '../../support/gatewayClient.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

it('a changed certificate ends consoles and requests under way, shuts doors, and no byte of a request is sent', async () => {
  bench = await EngineBench.start();
  const { lab } = bench;
  const state = await bench.signedIn();
  const clusterId = state.cluster.id;
  const door = await state.page.call('gateway.open', { clusterId, allowsWrites: true, port: 0 });
  const channel = state.console('qemu/100', 'terminal');
  let closed = '';
  channel.onData((chunk) => channel.consumed(chunk.length));
  channel.onEnd(() => channel.close(0));
  channel.onClose(({ kind }) => {
    closed = kind;
  });
  channel.start();
  await until(() => state.statuses.get(channel.number)?.steps.at(-1)?.phase === 'open');
  lab.quirks.latencyMs = 5_000;
  const underWay = ask(door, '/api2/json/nodes/pve1/qemu/100/status/reboot', { method: 'POST' });
  await until(() => lab.requests.some(({ path }) => path.endsWith('/reboot')));
  // Only new connections meet it: what stands goes on until somebody looks.
  lab.replaceCertificate({ newAuthority: true });
  await state.page.call('cluster.probe', { address: lab.address });
  await until(() => state.cluster.state === 'certificate-changed' && closed !== '');
  expect((await underWay).headers['sluice-error']).toBe('outcome-unknown');
  lab.quirks.latencyMs = 0;
  lab.forgetRequests();
  const answer = await ask(door, '/api2/json/version');
  expect(answer.headers['sluice-error']).toBe('certificate-changed');
  const power = { clusterId, guestId: 'qemu/100', action: 'reboot' as const };
  expect((await failureOf(state.page.call('guest.power', power))).code).toBe('certificate-changed');
  const again = state.console('qemu/100', 'terminal');
  const reason = await new Promise<string>((resolve) => {
    again.onData(() => {});
    again.onEnd(() => {});
    again.onClose((why) => resolve(why.kind === 'failed' ? why.error.code : why.kind));
    again.start();
  });
  expect(reason).toBe('certificate-changed');
  expect(lab.requests).toHaveLength(0);
});

it('takes what the cluster’s own authority signs once a person said so by its name, and nothing of another', async () => {
  bench = await EngineBench.start();
  const { lab } = bench;
  const state = await bench.signedIn();
  const clusterId = state.cluster.id;
  await until(() => state.cluster.authority !== undefined);
  const { authority } = state.cluster;
  expect(authority).toMatchObject({ isTrusted: false });
  const trust = (fingerprint: string) =>
    state.page.call('cluster.trustAuthority', { clusterId, fingerprint, isTrusted: true });
  expect((await failureOf(trust(lab.fingerprint))).code).toBe('invalid');
  await trust(authority?.fingerprint ?? '');
  const renewed = lab.replaceCertificate();
  lab.killConnections();
  await until(() => state.cluster.certificate?.fingerprint === renewed && state.cluster.state === 'signed-in');
  await bench.restart();
  const later = await bench.open();
  await until(() => later.clusters[0]?.state === 'signed-in');
  lab.replaceCertificate({ newAuthority: true });
  lab.killConnections();
  await until(() => later.cluster.certificate?.trust === 'changed');
  expect(later.cluster.certificate?.isOfCluster).toBeUndefined();
});

it('says of a changed certificate whether the cluster’s own authority signed it', async () => {
  bench = await EngineBench.start();
  const state = await bench.signedIn();
  await until(() => state.cluster.authority !== undefined);
  bench.lab.replaceCertificate();
  bench.lab.killConnections();
  await until(() => state.cluster.certificate?.trust === 'changed');
  expect(state.cluster).toMatchObject({ state: 'certificate-changed', certificate: { isOfCluster: true } });
});
