import { afterEach, describe, expect, it } from 'vitest';

import { startLab } from '../../electron/lab/lab.ts';
import { startLoginLab } from '../../electron/lab/login/loginLab.ts';
import { createAuthority, issueCertificate } from '../../electron/lab/pki/certificate.ts';
import { EngineBench, failureOf, type PageState } from '../support/engineBench.ts';
import { haproxyMissing, startCutter } from '../support/haproxy.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { until } from '../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Server {
  readonly address: string;
  readonly password: string;
  readonly totp: { readonly username: string; readonly password: string; code(): string };
  close(): Promise<void>;
}

const starts: Record<string, () => Promise<Server>> = {
  pve: () => startLab({ life: false, qemu: false, quirks: { authDelayMs: 0 } }),
  pbs: () => startLoginLab({ product: 'pbs' }),
  pdm: () => startLoginLab({ product: 'pdm' }),
};

/** TLS of its own: it has to read what is said. */
function ownTls() {
  const nowMs = Date.now();
  const authority = createAuthority([['CN', 'a proxy']], nowMs);
  const { keyPem, certificatePem } = issueCertificate(authority, [['CN', 'proxy']], ['127.0.0.1'], nowMs);
  return { key: keyPem, cert: certificatePem };
}

async function signInAs(state: PageState, address: string, user: Pick<Server['totp'], 'username' | 'password'>) {
  const { certificate, product } = await state.page.call('cluster.probe', { address });
  const [username = '', realm = ''] = user.username.split('@');
  const acceptFingerprint = certificate.fingerprint;
  const login = { address, acceptFingerprint, username, realm, password: user.password };
  return { product, step: await state.page.call('session.login', login) };
}

describe.skipIf(haproxyMissing).each(['http', 'tcp'] as const)('signing in through HAProxy in mode %s', (mode) => {
  it.each(['pve', 'pbs', 'pdm'] as const)('works for %s with password and second factor', async (product) => {
    const server = await (starts[product] as () => Promise<Server>)();
    cleanUps.push(() => server.close());
    const port = Number(server.address.split(':')[1]);
    const proxy = await startCutter(mode, 5, port, mode === 'http' ? { tls: ownTls() } : {});
    cleanUps.push(() => proxy.close());
    const bench = await EngineBench.start();
    cleanUps.push(() => bench.close());
    const state = await bench.open();
    const wrong = { ...server.totp, password: 'wrong' };
    expect(await failureOf(signInAs(state, proxy.address, wrong))).toMatchObject({ code: 'login-failed' });
    const found = await signInAs(state, proxy.address, server.totp);
    expect(found.product).toBe(product);
    if (found.step.kind !== 'second-factor') throw new Error('no second factor was asked for');
    const answer = { challengeId: found.step.challengeId, kind: 'totp' as const, code: server.totp.code() };
    expect(await state.page.call('session.answer', answer)).toMatchObject({ kind: 'signed-in' });
    await until(() => state.clusters[0]?.version !== undefined, 'the version');
    expect(state.cluster).toMatchObject({ product, state: 'signed-in', user: server.totp.username });
  });
});
