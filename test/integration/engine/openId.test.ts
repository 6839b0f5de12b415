import { request } from 'node:http';

import { afterEach, describe, expect, it } from 'vitest';

import { type LoginLab, startLoginLab } from '../../../electron/lab/login/loginLab.ts';
import type { OpenIdProvider } from '../../../electron/lab/openId/openIdProvider.ts';
import type { PagePeer } from '../../../shared/wire/peer.ts';
import { EngineBench, failureOf } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(deps: Parameters<typeof EngineBench.start>[0] = {}) {
  const bench = await EngineBench.start({ openId: true, ...deps });
  cleanUps.push(() => bench.close());
  const provider = bench.lab.openIdProvider;
  if (!provider) throw new Error('the lab has no OpenID provider');
  return { bench, provider, state: await bench.open() };
}

function begin(page: PagePeer, lab: { address: string; fingerprint: string }) {
  const { address, fingerprint: acceptFingerprint } = lab;
  return page.call('session.startOpenId', { address, acceptFingerprint, realm: 'company' });
}

interface Got {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

function get(url: string, options: { method?: string; body?: string; host?: string } = {}): Promise<Got> {
  const { method = 'GET', body, host } = options;
  const typed = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method, agent: false, headers: { ...typed, ...(host && { Host: host }) } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', text }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What the person's browser does. Gives where the provider sends it. */
async function decide(url: string, provider: OpenIdProvider, answer: 'yes' | 'no'): Promise<string> {
  expect((await get(url)).text).toContain('Sign in as Olga');
  const { searchParams } = new URL(url);
  const form = { redirect_uri: searchParams.get('redirect_uri') ?? '', state: searchParams.get('state') ?? '', answer };
  const body = new URLSearchParams(form).toString();
  return (await get(`${provider.issuer}/authorize`, { method: 'POST', body })).location;
}

describe('a sign-in at an OpenID provider', () => {
  it('lists the realm, and ends signed in when the browser was sent back', async () => {
    const { bench, provider, state } = await start();
    const { realms } = await state.page.call('cluster.probe', { address: bench.lab.address });
    expect(realms).toContainEqual(expect.objectContaining({ realm: 'company', type: 'openid' }));
    const { loginId, url } = await begin(state.page, bench.lab);
    const done = state.page.call('session.finishOpenId', { loginId });
    const back = await decide(url, provider, 'yes');
    expect(new URL(back).hostname).toBe('127.0.0.1');
    const shown = await get(back);
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('Go back to Sluice');
    expect(await done).toMatchObject({ kind: 'signed-in' });
    await until(() => state.guests.size > 0, 'the guests');
    expect(state.cluster).toMatchObject({ user: 'olga@company', state: 'signed-in' });
    await expect(get(back)).rejects.toThrow(/ECONNREFUSED/);
    expect(await failureOf(state.page.call('session.finishOpenId', { loginId }))).toMatchObject({
      code: 'challenge-expired',
    });
    const known = JSON.stringify([bench.log.lines, [...bench.documents.texts], state.clusters]);
    for (const name of ['code', 'state']) {
      const secret = new URL(back).searchParams.get(name) ?? '';
      expect(secret.length).toBeGreaterThan(16);
      expect(known).not.toContain(secret);
    }
  });

  it.each(['pbs', 'pdm'] as const)('signs in to %s with the ticket in a cookie', async (product) => {
    const { state } = await start();
    const server: LoginLab = await startLoginLab({ product, openId: true });
    cleanUps.push(() => server.close());
    const { loginId, url } = await begin(state.page, server);
    const done = state.page.call('session.finishOpenId', { loginId });
    if (!server.openIdProvider) throw new Error('the server has no OpenID provider');
    await get(await decide(url, server.openIdProvider, 'yes'));
    expect(await done).toMatchObject({ kind: 'signed-in' });
    await until(() => state.clusters[0]?.version !== undefined, 'the version');
    expect(state.cluster).toMatchObject({ product, user: 'olga@company' });
  });

  it('refuses another state, another path and another host, and goes on waiting', async () => {
    const { bench, provider, state } = await start();
    const { loginId, url } = await begin(state.page, bench.lab);
    const done = state.page.call('session.finishOpenId', { loginId });
    const back = await decide(url, provider, 'yes');
    const forged = new URL(back);
    forged.searchParams.set('state', 'x'.repeat(forged.searchParams.get('state')?.length ?? 0));
    expect(await get(forged.href)).toMatchObject({ status: 400 });
    expect(await get(back.replace('/callback', '/'))).toMatchObject({ status: 404 });
    expect(await get(back, { host: 'evil.example' })).toMatchObject({ status: 404 });
    expect(await get(back, { method: 'POST', body: '' })).toMatchObject({ status: 404 });
    expect(await get(back)).toMatchObject({ status: 200 });
    expect(await done).toMatchObject({ kind: 'signed-in' });
  });

  it('says what the provider said when it refused', async () => {
    const { bench, provider, state } = await start();
    const { loginId, url } = await begin(state.page, bench.lab);
    const done = failureOf(state.page.call('session.finishOpenId', { loginId }));
    await get(await decide(url, provider, 'no'));
    const { code, message } = await done;
    expect(code).toBe('login-failed');
    expect(message).toContain('access_denied');
    expect(state.clusters).toEqual([]);
  });

  it('is given up when the person cancels, and then answers nobody', async () => {
    const { bench, provider, state } = await start();
    const { loginId, url } = await begin(state.page, bench.lab);
    const abort = new AbortController();
    const done = failureOf(state.page.call('session.finishOpenId', { loginId }, { signal: abort.signal }));
    const back = await decide(url, provider, 'yes');
    abort.abort();
    expect(await done).toMatchObject({ code: 'aborted' });
    let isClosed = false;
    const knock = back.replace(/state=[^&]*/, 'state=x'); // good for nothing while the door is open
    while (!isClosed) {
      isClosed = await get(knock).then(
        ({ status }) => status !== 400,
        () => true,
      );
    }
    await expect(get(back)).rejects.toThrow(/ECONNREFUSED/);
    expect(state.clusters).toEqual([]);
  });

  it('expires after five minutes, whoever waits', async () => {
    const clock = new FakeClock();
    const { bench, state } = await start({ deps: { clock } });
    const { loginId, expiresInMs } = await begin(state.page, bench.lab);
    expect(expiresInMs).toBe(300_000);
    const done = failureOf(state.page.call('session.finishOpenId', { loginId }));
    let code = '';
    void done.then((error) => {
      code = error.code;
    });
    await until(() => {
      clock.advance(5_000);
      return code !== '';
    }, 'the expiry');
    expect(code).toBe('challenge-expired');
  });

  it('adds one row where the same server was signed in to with a password meanwhile', async () => {
    const { bench, provider, state } = await start();
    const { loginId, url } = await begin(state.page, bench.lab);
    const done = state.page.call('session.finishOpenId', { loginId });
    await bench.login(state.page);
    await until(() => state.clusters[0]?.user === 'root@pam', 'the sign-in with a password');
    await get(await decide(url, provider, 'yes'));
    expect(await done).toMatchObject({ kind: 'signed-in', clusterId: state.cluster.id });
    await until(() => state.clusters[0]?.user === 'olga@company', 'the sign-in at the provider');
    expect(state.clusters).toHaveLength(1);
  });

  it('adds nothing where the cluster was removed meanwhile', async () => {
    const { bench, provider, state } = await start();
    await bench.login(state.page);
    await until(() => state.clusters.length === 1, 'the cluster');
    const { loginId, url } = await begin(state.page, bench.lab);
    const done = failureOf(state.page.call('session.finishOpenId', { loginId }));
    await state.page.call('cluster.forget', { clusterId: state.cluster.id });
    await get(await decide(url, provider, 'yes'));
    expect(await done).toMatchObject({ code: 'closed' });
    expect(state.clusters).toEqual([]);
  });

  it('leaves nothing open when the engine ends in the middle', async () => {
    const { bench, provider, state } = await start();
    const { url } = await begin(state.page, bench.lab);
    const back = await decide(url, provider, 'yes');
    await bench.restart();
    await expect(get(back)).rejects.toThrow(/ECONNREFUSED|reset|hang up/);
  });
});
