import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { createAuthority, issueCertificate } from '../../../electron/lab/pki/certificate.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { EngineBench, failureOf } from '../../support/engineBench.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: Parameters<typeof EngineBench.start>[0] = {}): Promise<EngineBench> {
  const bench = await EngineBench.start(options);
  cleanUps.push(() => bench.close());
  return bench;
}

describe('probing an address', () => {
  it('shows the certificate and the realms, the default one first', async () => {
    const bench = await start();
    const { page } = await bench.open();
    const found = await page.call('cluster.probe', { address: `https://${bench.lab.address}/#v1` });
    expect(found.address).toBe(bench.lab.address);
    expect(found.certificate).toMatchObject({ fingerprint: bench.lab.fingerprint, trust: 'unknown' });
    expect(found.realms.map((realm) => realm.realm)).toEqual(['pam', 'pve']);
    expect(found.realms[0]?.isDefault).toBe(true);
    expect(bench.lab.requests.every((request) => !request.headers.has('cookie'))).toBe(true);
  });

  it('says that a web server is not Proxmox', async () => {
    const bench = await start();
    const { keyPem, certificatePem } = issue();
    const server = createHttps({ key: keyPem, cert: certificatePem }, (_request, response) =>
      response.end('<h1>Hi</h1>'),
    );
    const address = await listen(server);
    const { page } = await bench.open();
    expect(await failureOf(page.call('cluster.probe', { address }))).toMatchObject({ code: 'not-proxmox' });
  });

  it('says that nobody listens, or that what listens speaks no TLS', async () => {
    const bench = await start();
    const { page } = await bench.open();
    const server = createServer((socket) => {
      socket.resume();
      socket.on('error', () => {});
      socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    });
    const address = await listen(server);
    expect(await failureOf(page.call('cluster.probe', { address }))).toMatchObject({ code: 'tls' });
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(page.call('cluster.probe', { address }))).toMatchObject({ code: 'refused' });
    expect(await failureOf(page.call('cluster.probe', { address: 'a b' }))).toMatchObject({ code: 'invalid' });
  });
});

describe('signing in', () => {
  it('lists the cluster by its own name with version and certificate', async () => {
    const bench = await start();
    const state = await bench.signedIn();
    await until(() => state.cluster.version !== undefined);
    expect(state.cluster).toMatchObject({
      name: 'lab',
      state: 'signed-in',
      user: 'root@pam',
      address: bench.lab.address,
    });
    expect(state.cluster.certificate).toMatchObject({ fingerprint: bench.lab.fingerprint, trust: 'accepted' });
  });

  it('says login-failed for a wrong password, and lists nothing', async () => {
    const bench = await start();
    const state = await bench.open();
    const { username } = bench.lab;
    expect(await failureOf(bench.login(state.page, { username, password: 'wrong' }))).toMatchObject({
      code: 'login-failed',
    });
    expect(state.clusters).toEqual([]);
  });

  it('sends no password to a certificate that nobody accepted', async () => {
    const bench = await start();
    const { page } = await bench.open();
    const { address, password } = bench.lab;
    const params = { address, username: 'root', realm: 'pam', password };
    expect(await failureOf(page.call('session.login', params))).toMatchObject({
      code: 'certificate-unknown',
      detail: { fingerprint: bench.lab.fingerprint },
    });
    expect(bench.lab.requests).toHaveLength(0);
  });

  it('takes a TOTP code, and the challenge once only', async () => {
    const bench = await start();
    const state = await bench.open();
    const challenge = await bench.login(state.page, bench.lab.totp);
    if (challenge.kind !== 'second-factor') throw new Error('no second factor was asked for');
    expect(challenge.offered).toEqual(['totp', 'recovery']);
    expect(state.clusters).toEqual([]);
    const answer = { challengeId: challenge.challengeId, kind: 'totp' as const, code: ` ${bench.lab.totp.code()} ` };
    expect(await state.page.call('session.answer', answer)).toMatchObject({ kind: 'signed-in' });
    expect(await failureOf(state.page.call('session.answer', answer))).toMatchObject({ code: 'challenge-expired' });
    await until(() => state.clusters[0]?.user === 'ada@pve');
  });

  it('offers another try after a wrong code, under a new name', async () => {
    const bench = await start();
    const { page } = await bench.open();
    const challenge = await bench.login(page, bench.lab.totp);
    if (challenge.kind !== 'second-factor') throw new Error('no second factor was asked for');
    const wrong = { challengeId: challenge.challengeId, kind: 'totp' as const, code: '000000' };
    const failure = await failureOf(page.call('session.answer', wrong));
    expect(failure.code).toBe('second-factor-failed');
    const challengeId = String(failure.detail?.['challengeId']);
    expect(challengeId).not.toBe(challenge.challengeId);
    const code = bench.lab.totp.recoveryCodes[0]?.toUpperCase() ?? '';
    expect(await page.call('session.answer', { challengeId, kind: 'recovery', code })).toMatchObject({
      kind: 'signed-in',
    });
  });

  it('says session-expired when the server forgets the ticket, and goes on after signing in again', async () => {
    const bench = await start();
    const state = await bench.signedIn();
    bench.lab.invalidateTickets();
    await until(() => state.cluster.state === 'signed-out');
    expect(state.cluster.error?.code).toBe('session-expired');
    const power = { clusterId: state.cluster.id, guestId: 'qemu/100', action: 'start' as const };
    expect(await failureOf(state.page.call('guest.power', power))).toMatchObject({ code: 'session-expired' });
    const { id } = state.cluster;
    expect(await bench.login(state.page)).toEqual({ kind: 'signed-in', clusterId: id });
    await until(() => state.cluster.state === 'signed-in' && state.cluster.error === undefined);
  });

  it('asks only for what is needed: signing out keeps the cluster and its certificate, forgetting does not', async () => {
    const bench = await start();
    const state = await bench.signedIn();
    const clusterId = state.cluster.id;
    await state.page.call('session.logout', { clusterId });
    await until(() => state.cluster.state === 'signed-out');
    expect(state.cluster.error).toBeUndefined();
    const found = await state.page.call('cluster.probe', { address: bench.lab.address });
    expect(found.certificate.trust).toBe('accepted');
    await state.page.call('cluster.forget', { clusterId });
    await until(() => state.clusters.length === 0 && state.guests.size === 0);
    const again = await state.page.call('cluster.probe', { address: bench.lab.address });
    expect(again.certificate.trust).toBe('unknown');
  });
});

describe('a changed certificate', () => {
  it('stops everything, shows old beside new, and goes on when both were named', async () => {
    const bench = await start();
    const state = await bench.signedIn();
    const clusterId = state.cluster.id;
    const oldFingerprint = bench.lab.fingerprint;
    const newFingerprint = bench.lab.replaceCertificate({ newAuthority: true });
    bench.lab.killConnections();
    await until(() => state.cluster.certificate?.trust === 'changed');
    expect(state.cluster).toMatchObject({ state: 'certificate-changed', error: { code: 'certificate-changed' } });
    expect(state.cluster.certificate).toMatchObject({
      fingerprint: newFingerprint,
      acceptedFingerprint: oldFingerprint,
    });
    bench.lab.forgetRequests();
    const power = { clusterId, guestId: 'qemu/100', action: 'stop' as const };
    expect(await failureOf(state.page.call('guest.power', power))).toMatchObject({ code: 'certificate-changed' });
    expect(await failureOf(bench.login(state.page))).toMatchObject({ code: 'certificate-changed' });
    const accept = (oldOne: string, newOne: string) =>
      state.page.call('cluster.acceptCertificate', { clusterId, oldFingerprint: oldOne, newFingerprint: newOne });
    expect(await failureOf(accept(newFingerprint, newFingerprint))).toMatchObject({ code: 'invalid' });
    expect(await failureOf(accept(oldFingerprint, oldFingerprint))).toMatchObject({ code: 'certificate-changed' });
    expect(bench.lab.requests).toHaveLength(0);
    await accept(oldFingerprint, newFingerprint);
    await until(() => state.cluster.state === 'signed-in');
    expect(state.cluster.certificate).toMatchObject({ fingerprint: newFingerprint, trust: 'accepted' });
  });
});

it('stops at a changed certificate that a probe meets, also while signed out', async () => {
  const bench = await start();
  const state = await bench.signedIn();
  const clusterId = state.cluster.id;
  await state.page.call('session.logout', { clusterId });
  const oldFingerprint = bench.lab.fingerprint;
  const newFingerprint = bench.lab.replaceCertificate();
  const { certificate } = await state.page.call('cluster.probe', { address: bench.lab.address });
  expect(certificate).toMatchObject({
    trust: 'changed',
    fingerprint: newFingerprint,
    acceptedFingerprint: oldFingerprint,
  });
  await until(() => state.cluster.state === 'certificate-changed');
  await state.page.call('cluster.acceptCertificate', { clusterId, oldFingerprint, newFingerprint });
  await until(() => state.cluster.state === 'signed-out');
  await bench.login(state.page);
  await until(() => state.cluster.state === 'signed-in');
});

describe('a restarted engine', () => {
  it('goes on with the sessions it had, and a page that comes knows everything', async () => {
    const bench = await start();
    const before = await bench.signedIn();
    const { id } = before.cluster;
    await until(() => (bench.documents.texts.get('clusters') ?? '').includes('"lab"'));
    await bench.restart();
    const state = await bench.open();
    await until(() => state.clusters[0]?.state === 'signed-in' && state.guests.size === 12);
    expect(state.cluster.id).toBe(id);
    await until(() => state.cluster.version !== undefined);
  });

  it('asks for a sign-in where the ticket is no longer good', async () => {
    const bench = await start();
    await bench.signedIn();
    bench.lab.invalidateTickets();
    await bench.restart();
    const state = await bench.open();
    await until(() => state.clusters[0]?.state === 'signed-out');
    expect(state.cluster.error?.code).toBe('session-expired');
  });

  it('waits for a server that is away, then goes on', async () => {
    const bench = await start();
    await bench.signedIn();
    bench.lab.refuseConnections(true);
    await bench.restart();
    const state = await bench.open();
    await until(() => state.clusters[0]?.state === 'unreachable');
    bench.lab.refuseConnections(false);
    await until(() => state.clusters[0]?.state === 'signed-in');
  });
});

it('tells a page of another version to reload', async () => {
  const bench = await start();
  const page = bench.host.connect();
  expect(await failureOf(page.call('app.hello', { wireVersion: 99 }))).toMatchObject({ code: 'unsupported' });
});

it('keeps settings over a restart', async () => {
  const bench = await start();
  const { page } = await bench.open();
  const settings = { theme: 'dark' as const, releaseKey: 'AltRight' as const, terminalFontSizePx: 15 };
  await page.call('settings.set', { settings });
  await bench.restart();
  const hello = await bench.host.connect().call('app.hello', { wireVersion: 1 });
  expect(hello.settings).toEqual(settings);
});

it('opens the demo once and leaves nothing of it behind', async () => {
  const bench = await start();
  const { lab } = bench;
  const demo = {
    address: lab.address,
    fingerprint: lab.fingerprint,
    username: 'root',
    realm: 'pam',
    password: lab.password,
  };
  const withDemo = await EngineBench.start({ deps: { startDemo: () => Promise.resolve(demo) } });
  cleanUps.push(() => withDemo.close());
  const state = await withDemo.open();
  const first = await state.page.call('demo.open', {});
  expect(await state.page.call('demo.open', {})).toEqual(first);
  await until(() => state.guests.size === 12);
  expect(JSON.parse(withDemo.documents.texts.get('clusters') ?? '')).toEqual({ clusters: [] });
});

function issue() {
  const authority = createAuthority([['CN', 'someone']], Date.now());
  return issueCertificate(authority, [['CN', 'localhost']], ['localhost'], Date.now());
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
