import { afterEach, expect, it } from 'vitest';

import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const TOKEN_ID = 'root@pam!lab';

let bench: EngineBench;
afterEach(async () => {
  await bench.close();
});

const secretOf = ({ lab }: EngineBench) => lab.apiToken.split('=').at(-1) ?? '';

function loginWithToken(state: PageState, secret = secretOf(bench)) {
  const { address, fingerprint: acceptFingerprint } = bench.lab;
  return state.page.call('session.loginWithToken', { address, acceptFingerprint, tokenId: TOKEN_ID, secret });
}

async function signedIn(): Promise<PageState> {
  const state = await bench.open();
  await loginWithToken(state);
  await until(() => state.guests.size > 0, 'the list of guests');
  return state;
}

async function openTerminal(state: PageState, guestId: string): Promise<() => string> {
  const channel = state.console(guestId, 'terminal');
  const decoder = new TextDecoder();
  let text = '';
  channel.onData((chunk) => {
    text += decoder.decode(chunk, { stream: true });
    channel.consumed(chunk.length);
  });
  channel.onEnd(() => {});
  channel.onClose(() => {});
  channel.start();
  channel.write(new TextEncoder().encode('\r'));
  await until(() => state.statuses.get(channel.number)?.steps.at(-1)?.phase === 'open', 'the terminal');
  return () => text;
}

it('signs in with a token: no cookie and no CSRF token is ever sent', async () => {
  bench = await EngineBench.start();
  const state = await signedIn();
  expect(state.cluster).toMatchObject({ state: 'signed-in', user: TOKEN_ID });
  await state.page.call('guest.power', { clusterId: state.cluster.id, guestId: 'qemu/101', action: 'reboot' });
  const signed = bench.lab.requests.filter(({ path }) => path !== '/api2/json/access/domains');
  expect(signed.some(({ method }) => method === 'POST')).toBe(true);
  for (const { headers } of signed) {
    expect(headers.get('authorization')).toBe(bench.lab.apiToken);
    expect(headers.has('cookie') || headers.has('csrfpreventiontoken')).toBe(false);
  }
});

it('opens terminals with the full ID of the token in the handshake', async () => {
  bench = await EngineBench.start();
  const state = await signedIn();
  const text = await openTerminal(state, 'qemu/100');
  await until(() => text().length > 0, 'output');
  expect(bench.lab.consoles.length).toBe(1);
});

it('says login-failed for a wrong secret, lists nothing and keeps nothing', async () => {
  bench = await EngineBench.start();
  const state = await bench.open();
  expect(await failureOf(loginWithToken(state, 'wrong'))).toMatchObject({ code: 'login-failed' });
  expect(state.clusters).toEqual([]);
  expect(bench.documents.texts.get('clusters') ?? '').not.toContain(TOKEN_ID);
});

it('refuses a secret that would break out of its header before anything is sent', async () => {
  bench = await EngineBench.start();
  const state = await bench.open();
  await expect(loginWithToken(state, 'x\r\nCookie: a=b')).rejects.toMatchObject({ code: 'invalid' });
  expect(bench.lab.requests.length).toBe(0);
});

it('sends the token to no certificate that nobody accepted', async () => {
  bench = await EngineBench.start();
  const { page } = await bench.open();
  const asked = page.call('session.loginWithToken', {
    address: bench.lab.address,
    tokenId: TOKEN_ID,
    secret: secretOf(bench),
  });
  expect(await failureOf(asked)).toMatchObject({ code: 'certificate-unknown' });
  expect(bench.lab.requests.length).toBe(0);
});

it('goes on with the token after a restart, and asks for a sign-in where the server no longer takes it', async () => {
  bench = await EngineBench.start();
  await signedIn();
  await bench.restart();
  const state = await bench.open();
  await until(() => state.clusters[0]?.state === 'signed-in' && state.guests.size > 0);
  expect(bench.lab.requests.at(-1)?.headers.get('authorization')).toBe(bench.lab.apiToken);
  bench.lab.quirks.failAll = { status: 401, reason: 'invalid token value!' };
  await until(() => state.cluster.state === 'signed-out');
  bench.lab.quirks.failAll = undefined;
  await bench.restart();
  const later = await bench.open();
  await until(() => later.clusters[0]?.state === 'signed-out');
  expect(await bench.deps.vault.read(`ticket/${later.cluster.id}`)).toBeUndefined();
});

it('changes from a token to a password and back without a header of the other', async () => {
  bench = await EngineBench.start();
  const state = await signedIn();
  bench.lab.forgetRequests();
  await bench.login(state.page);
  expect(state.cluster.user).toBe('root@pam');
  await until(() => bench.lab.requests.some(({ headers }) => headers.has('cookie')));
  await loginWithToken(state);
  await until(() => state.cluster.user === TOKEN_ID);
  for (const { headers } of bench.lab.requests) {
    expect(headers.has('cookie') && headers.has('authorization')).toBe(false);
  }
});

it('tells the secret to nobody: not to pages, documents, logs or URLs', async () => {
  bench = await EngineBench.start();
  const state = await bench.open();
  const seen: unknown[] = [];
  for (const event of ['clusters.changed', 'console.status', 'tasks.changed'] as const)
    state.page.on(event, (data) => seen.push(data));
  await loginWithToken(state);
  await until(() => state.guests.size > 0);
  await openTerminal(state, 'qemu/100');
  bench.lab.quirks.failAll = { status: 500, reason: `failed for ${bench.lab.apiToken}` };
  const power = { clusterId: state.cluster.id, guestId: 'qemu/101', action: 'reboot' as const };
  await failureOf(state.page.call('guest.power', power));
  bench.lab.quirks.failAll = undefined;
  const urls = bench.lab.requests.map(({ path, query }) => `${path}?${query}`);
  const shown = JSON.stringify([bench.log.lines, [...bench.documents.texts.values()], seen, urls]);
  expect(shown).toContain(TOKEN_ID);
  expect(shown).not.toContain(secretOf(bench));
});
