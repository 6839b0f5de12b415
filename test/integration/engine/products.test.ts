import { randomInt } from 'node:crypto';

import { afterEach, describe, expect, it } from 'vitest';

import { type LoginLab, type LoginLabOptions, startLoginLab } from '../../../electron/lab/login/loginLab.ts';
import { addressesOf } from '../../../electron/engine/session/connection.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: LoginLabOptions) {
  const bench = await EngineBench.start();
  cleanUps.push(() => bench.close());
  const server = await startLoginLab(options);
  cleanUps.push(() => server.close());
  return { bench, server, state: await bench.open() };
}

function login(page: PagePeer, server: LoginLab, user: { username: string; password: string } = server) {
  const [username = '', realm = ''] = user.username.split('@');
  const { address, fingerprint: acceptFingerprint } = server;
  return page.call('session.login', { address, acceptFingerprint, username, realm, password: user.password });
}

const asked = (server: LoginLab, path: string) => server.requests.filter((request) => request.path === path);

async function versionShown(state: PageState): Promise<void> {
  await until(() => state.clusters[0]?.version !== undefined, 'the version');
}

describe.each([
  { product: 'pbs', ticketIn: 'body', port: 8007, cookie: 'PBSAuthCookie', version: '4.0.11' },
  { product: 'pbs', ticketIn: 'cookie', port: 8007, cookie: '__Host-PBSAuthCookie', version: '4.0.11' },
  { product: 'pdm', ticketIn: 'cookie', port: 8443, cookie: '__Host-PDMAuthCookie', version: '1.0.1' },
] as const)('$product with its ticket in the $ticketIn', ({ product, ticketIn, cookie, version }) => {
  it('is told apart by its realms, with no secret sent', async () => {
    const { server, state } = await start({ product, ticketIn });
    const found = await state.page.call('cluster.probe', { address: server.address });
    expect(found.product).toBe(product);
    expect(found.realms.map(({ realm }) => realm)).toEqual(['pam', product]);
    expect(server.requests).toHaveLength(1);
  });

  it('takes a password, is a row of its own kind, and signs what follows in its own way', async () => {
    const { server, state } = await start({ product, ticketIn });
    expect(await login(state.page, server)).toMatchObject({ kind: 'signed-in' });
    await versionShown(state);
    expect(state.cluster).toMatchObject({ product, user: 'root@pam', state: 'signed-in', version });
    for (const request of asked(server, '/version')) {
      expect(request.cookie).toMatch(new RegExp(`^${cookie}=${product.toUpperCase()}%3Aroot%40pam`));
      expect(request.authorization).toBe('');
    }
    expect(asked(server, '/cluster/resources')).toEqual([]);
    expect(asked(server, '/cluster/tasks')).toEqual([]);
    expect(server.requests.filter(({ status }) => status !== 200)).toEqual([]);
    expect(state.inventoryChanges.flatMap(({ nodes }) => nodes)).toEqual([]);
  });

  it('says login-failed for a wrong password', async () => {
    const { server, state } = await start({ product, ticketIn });
    const wrong = login(state.page, server, { username: 'root@pam', password: 'wrong' });
    expect(await failureOf(wrong)).toMatchObject({ code: 'login-failed' });
    expect(state.clusters).toEqual([]);
  });

  it('asks for TOTP or a recovery code and takes either', async () => {
    const { server, state } = await start({ product, ticketIn });
    const first = await login(state.page, server, server.totp);
    if (first.kind !== 'second-factor') throw new Error('no second factor was asked for');
    expect(first.offered).toEqual(['totp', 'recovery']);
    expect(first.expiresInMs).toBeGreaterThan(120_000);
    const { challengeId } = first;
    const answer = { challengeId, kind: 'totp' as const, code: server.totp.code() };
    expect(await state.page.call('session.answer', answer)).toMatchObject({ kind: 'signed-in' });
    const second = await login(state.page, server, server.totp);
    if (second.kind !== 'second-factor') throw new Error('no second factor was asked for');
    const code = server.totp.recoveryCodes[0] ?? '';
    const recovery = { challengeId: second.challengeId, kind: 'recovery' as const, code };
    expect(await state.page.call('session.answer', recovery)).toMatchObject({ kind: 'signed-in' });
  });

  it('takes what a YubiKey types, once', async () => {
    const { server, state } = await start({ product, ticketIn });
    const code = server.yubico.touch?.() ?? '';
    for (const isFirst of [true, false]) {
      const step = await login(state.page, server, server.yubico);
      if (step.kind !== 'second-factor') throw new Error('no second factor was asked for');
      expect(step.offered).toEqual(['yubico']);
      const answer = state.page.call('session.answer', { challengeId: step.challengeId, kind: 'yubico', code });
      if (isFirst) expect(await answer).toMatchObject({ kind: 'signed-in' });
      else expect(await failureOf(answer)).toMatchObject({ code: 'second-factor-failed' });
    }
  });

  it('takes an API token with a colon before the secret, also after a restart', async () => {
    const { bench, server, state } = await start({ product, ticketIn });
    const [tokenId = '', secret = ''] = server.apiToken.replace(/^\w+=/, '').split(/:(.*)/s);
    const { address, fingerprint: acceptFingerprint } = server;
    await state.page.call('session.loginWithToken', { address, acceptFingerprint, tokenId, secret });
    await versionShown(state);
    await bench.restart();
    const again = await bench.open();
    await versionShown(again);
    expect(again.cluster).toMatchObject({ product, user: tokenId, state: 'signed-in' });
    for (const request of asked(server, '/version')) {
      expect(request.authorization).toBe(server.apiToken);
      expect(request.cookie).toBe('');
    }
    const wrong = { address, tokenId, secret: 'not-the-secret' };
    expect(await failureOf(again.page.call('session.loginWithToken', wrong))).toMatchObject({ code: 'login-failed' });
  });

  it('goes on after a restart with a renewed ticket, and is signed out where the server knows it no more', async () => {
    const { bench, server, state } = await start({ product, ticketIn });
    await login(state.page, server);
    await versionShown(state);
    await bench.restart();
    const again = await bench.open();
    await versionShown(again);
    const [, renewal] = asked(server, '/access/ticket');
    expect(String(renewal?.form.get('password'))).toMatch(new RegExp(`^${product.toUpperCase()}:root@pam:`));
    server.invalidateTickets();
    await bench.restart();
    const last = await bench.open();
    await until(() => last.clusters[0]?.state === 'signed-out', 'the end of the sign-in');
    expect(last.cluster.error).toMatchObject({ code: 'session-expired' });
  });
});

describe('second factors of Proxmox VE', () => {
  it('takes what a YubiKey types', async () => {
    const bench = await EngineBench.start();
    cleanUps.push(() => bench.close());
    const state = await bench.open();
    const step = await bench.login(state.page, bench.lab.yubico);
    if (step.kind !== 'second-factor') throw new Error('no second factor was asked for');
    const answer = { challengeId: step.challengeId, kind: 'yubico' as const, code: bench.lab.yubico.touch?.() ?? '' };
    expect(await state.page.call('session.answer', answer)).toMatchObject({ kind: 'signed-in' });
  });

  it('names WebAuthn as not answerable, offers what is, and an API token where nothing is', async () => {
    const bench = await EngineBench.start();
    cleanUps.push(() => bench.close());
    const { page } = await bench.open();
    const step = await bench.login(page, bench.lab.webAuthnOrRecovery);
    expect(step).toMatchObject({ kind: 'second-factor', offered: ['recovery'], unavailable: ['webauthn'] });
    const failure = await failureOf(bench.login(page, bench.lab.webAuthn));
    expect(failure).toMatchObject({ code: 'unsupported', detail: { wantsToken: true } });
    expect(failure.message).toMatch(/WebAuthn.*API token/s);
  });
});

describe('an address without a port', () => {
  it('is looked for at the port of each product, and at 443 where a whole URL was pasted', () => {
    expect(addressesOf('Srv.example')).toEqual(['srv.example:8006', 'srv.example:8007', 'srv.example:8443']);
    expect(addressesOf('srv.example:9000')).toEqual(['srv.example:9000']);
    expect(addressesOf('https://srv.example/#v1').at(-1)).toBe('srv.example:443');
    expect(addressesOf('https://srv.example:8007/')).toEqual(['srv.example:8007']);
  });
});

// All of 127.0.0.0/8 is this machine's on Linux alone.
describe.runIf(process.platform === 'linux')('a server at its usual port', () => {
  it.each([
    ['pbs', 8007],
    ['pdm', 8443],
  ] as const)('is found by its name alone: %s', async (product, port) => {
    const host = `127.${[0, 0, 0].map(() => randomInt(1, 255)).join('.')}`;
    const { server, state } = await start({ product, listen: { host, port } });
    const found = await state.page.call('cluster.probe', { address: host });
    expect(found).toMatchObject({ product, address: `${host}:${port}` });
    await server.close();
    cleanUps.pop();
    expect(await failureOf(state.page.call('cluster.probe', { address: host }))).toMatchObject({ code: 'refused' });
  });
});

describe('a server with the manners of old ones', () => {
  const old = { ticketStyle: 'old', messageInBody: false, shuffledKeys: true, looseTypes: true } as const;

  it('is signed in to with password and second factor', async () => {
    const bench = await EngineBench.start({ quirks: old });
    cleanUps.push(() => bench.close());
    const state = await bench.open();
    const { lab } = bench;
    const wrong = bench.login(state.page, { username: lab.username, password: 'wrong' });
    expect(await failureOf(wrong)).toMatchObject({ code: 'login-failed' });
    const step = await bench.login(state.page, lab.totp);
    if (step.kind !== 'second-factor') throw new Error('no second factor was asked for');
    const answer = { challengeId: step.challengeId, kind: 'totp' as const, code: lab.totp.code() };
    expect(await state.page.call('session.answer', answer)).toMatchObject({ kind: 'signed-in' });
    await until(() => state.guests.size > 0, 'the guests');
  });
});

it('another product in the place of the one that is listed is known for what it is at the next sign-in', async () => {
  const bench = await EngineBench.start({ ownAddresses: true });
  cleanUps.push(() => bench.close());
  const state = await bench.signedIn();
  await until(() => (state.cluster.version ?? '') !== '', 'the version');
  expect(state.cluster.product).toBe('pve');
  const [host = '', port = ''] = bench.lab.address.split(':');
  await bench.lab.close();
  const server = await startLoginLab({ product: 'pbs', listen: { host, port: Number(port) } });
  cleanUps.push(() => server.close());
  const clusterId = state.cluster.id;
  await until(() => state.cluster.state !== 'signed-in', 'the loss of the old one', 20_000);
  const shown = await state.page.call('cluster.probe', { address: server.address });
  const oldFingerprint = shown.certificate.acceptedFingerprint ?? '';
  const newFingerprint = shown.certificate.fingerprint;
  await state.page.call('cluster.acceptCertificate', { clusterId, oldFingerprint, newFingerprint });
  const { password } = server;
  const result = await state.page.call('session.login', {
    ...{ address: server.address, username: 'root', realm: 'pam', password },
  });
  expect(result).toEqual({ kind: 'signed-in', clusterId });
  await until(() => state.cluster.product === 'pbs' && state.cluster.version === '4.0.11', 'what it is');
  expect(state.cluster.authority).toBeUndefined();
  expect(bench.documents.texts.get('clusters')).not.toContain('"nodes"');
});
