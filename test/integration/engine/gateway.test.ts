import { connect } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { ask, keptConnection } from '../../support/gatewayClient.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { RoughLine } from '../../support/roughLine.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const VERSION = '/api2/json/version';

async function start(options: { allowsWrites?: boolean } = {}) {
  const bench = await EngineBench.start();
  cleanUps.push(() => bench.close());
  const state = await bench.signedIn();
  const door = await open(state, options.allowsWrites);
  bench.lab.forgetRequests();
  return { bench, state, door, lab: bench.lab };
}

const open = ({ page, cluster }: PageState, allowsWrites = false) =>
  page.call('gateway.open', { clusterId: cluster.id, allowsWrites, port: 0 });

const codeOf = (text: string) => (JSON.parse(text) as { code: string }).code;

function kept() {
  const agent = keptConnection();
  cleanUps.push(() => agent.destroy());
  return agent;
}

describe('the gateway', () => {
  it('signs requests behind the door: nothing of the client but its message goes on, nothing of ours comes back', async () => {
    const { door, lab } = await start();
    const headers = {
      Cookie: 'PVEAuthCookie=mine',
      CSRFPreventionToken: 'x',
      'X-Own': 'yes',
      Connection: 'X-Hop',
      'X-Hop': '1',
    };
    const answer = await ask(door, `${VERSION}?a=b%20c`, { headers });
    expect(answer.status).toBe(400); // the server's own words: it knows no parameter `a`
    const fine = await ask(door, VERSION, { headers });
    expect(JSON.parse(fine.text)).toMatchObject({ data: { version: expect.anything() as unknown } });
    const asked = lab.requests.filter(({ headers: sent }) => sent.get('x-own') === 'yes');
    expect(asked.map(({ query }) => query)).toEqual(['a=b%20c', '']);
    for (const { headers: sent } of asked) {
      expect(sent.get('cookie')).toMatch(/^PVEAuthCookie=PVE%3Aroot/);
      expect(sent.get('host')).toBe(lab.address);
      for (const name of ['authorization', 'csrfpreventiontoken', 'x-hop']) expect(sent.has(name), name).toBe(false);
      const secret = (sent.get('cookie') ?? '').slice('PVEAuthCookie='.length);
      expect(JSON.stringify(fine)).not.toContain(secret);
    }
    expect(fine.headers['set-cookie']).toBeUndefined();
  });

  it('says that the cluster is signed out, and goes on by itself when it is signed in again', async () => {
    const { bench, state, door, lab } = await start();
    lab.invalidateTickets();
    expect([401, 503]).toContain((await ask(door, VERSION)).status); // the server's own word, unless a poll came first
    await until(() => state.cluster.state === 'signed-out');
    const away = await ask(door, VERSION);
    expect([away.status, codeOf(away.text), away.headers['sluice-error']]).toEqual([
      503,
      'session-expired',
      'session-expired',
    ]);
    await bench.login(state.page);
    expect((await ask(door, VERSION)).status).toBe(200);
  });

  it('is in the list of every page, which can copy its token and close it', async () => {
    const { bench, door } = await start();
    const other = await bench.open();
    const lists: string[][] = [];
    let text = '';
    other.page.on('gateways.changed', ({ gateways }) => {
      lists.push(gateways.map(({ url, allowsWrites }) => `${url} ${String(allowsWrites)}`));
      text += JSON.stringify(gateways);
    });
    await until(() => lists.length > 0);
    expect(lists).toEqual([[`${door.url} false`]]);
    expect(text).not.toContain(door.token);
    expect(await other.page.call('gateway.token', { gatewayId: door.id })).toEqual({ token: door.token });
    await other.page.call('gateway.close', { gatewayId: door.id });
    expect(lists.at(-1)).toEqual([]);
    expect((await failureOf(other.page.call('gateway.token', { gatewayId: door.id }))).code).toBe('not-found');
  });

  it('lets nobody in without its token, under another name, from a page, or to another path', async () => {
    const { door, lab } = await start();
    const { port } = new URL(door.url);
    const tries: [number, string, string, Record<string, string>][] = [
      [401, 'forbidden', VERSION, { Authorization: '' }],
      [401, 'forbidden', VERSION, { Authorization: `Bearer ${door.token}x` }],
      [401, 'forbidden', VERSION, { Authorization: lab.apiToken }],
      [421, 'forbidden', VERSION, { Host: `localhost:${port}` }],
      [421, 'forbidden', VERSION, { Host: `evil.example:${port}` }],
      [403, 'forbidden', VERSION, { Origin: 'http://evil.example' }],
      [404, 'not-found', '/', {}],
      [404, 'not-found', '/api2/../pve2/x', {}],
      [404, 'not-found', '/api2/%2e%2e/x', {}],
      [404, 'not-found', '/api2/json/a%2f..%2fb', {}],
    ];
    for (const [status, code, path, headers] of tries) {
      // As it is written: URL would take the dots out.
      const answer = await ask({ url: door.url, token: door.token }, VERSION, { path, headers });
      expect([answer.status, codeOf(answer.text)], path + JSON.stringify(headers)).toEqual([status, code]);
    }
    expect(lab.requests.some(({ path }) => path !== '/api2/json/cluster/resources' && path === VERSION)).toBe(false);
  });

  it('only reads unless it was opened to write', async () => {
    const { door, lab, bench, state } = await start();
    const reboot = '/api2/json/nodes/pve1/qemu/100/status/reboot';
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await ask(door, reboot, { method });
      expect([answer.status, answer.headers.allow]).toEqual([403, 'GET']);
      expect(answer.text).toContain('--allow-writes');
    }
    expect((await ask(door, reboot, { method: 'PATCH' })).status).toBe(405);
    const agent = kept();
    const ports = new Set<number>();
    for (let i = 0; i < 3; i += 1) ports.add((await ask(door, reboot, { method: 'POST', agent })).localPort);
    expect(ports.size, 'a refusal costs a client no connection').toBe(1);
    expect(lab.requests.some(({ method }) => method !== 'GET')).toBe(false);
    const writing = await open(state, true);
    const answer = await ask(writing, reboot, { method: 'POST' });
    expect(answer.text).toContain('UPID:');
    const sent = bench.lab.requests.find(({ method }) => method === 'POST');
    expect(sent?.headers.get('csrfpreventiontoken')).toMatch(/^[0-9A-F]{8}:/);
    expect(sent?.headers.get('content-length')).toBe('0');
  });

  it('gives bodies of unknown length their length, up to a bound, and refuses one where the server takes none', async () => {
    const { door, lab } = await start({ allowsWrites: true });
    const shutdown = '/api2/json/nodes/pve1/qemu/100/status/shutdown';
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Transfer-Encoding': 'chunked' };
    expect((await ask(door, shutdown, { method: 'POST', headers, body: 'timeout=60' })).text).toContain('UPID:');
    const sent = lab.requests.find(({ method }) => method === 'POST');
    expect(sent?.headers.get('content-length')).toBe('10');
    expect(sent?.headers.has('transfer-encoding')).toBe(false);
    const large = await ask(door, shutdown, { method: 'POST', headers, body: Buffer.alloc(600 << 10) });
    expect([large.status, codeOf(large.text)]).toEqual([413, 'limit']);
    const refused = await ask(door, shutdown, { method: 'DELETE', body: 'a=1', headers: { 'Content-Length': '3' } });
    expect([refused.status, codeOf(refused.text)]).toEqual([400, 'invalid']);
    const lines = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`X-${i}`, '1']));
    expect((await ask(door, VERSION, { headers: lines })).status).toBe(413);
  });

  it('keeps its connections to the server when clients close theirs, and the other way round', async () => {
    const { door, lab } = await start();
    const accepted = lab.acceptedConnections;
    const ports = new Set<number>();
    for (let i = 0; i < 30; i += 1) {
      const answer = await ask(door, VERSION, { headers: { Connection: 'close' } });
      expect(answer.headers.connection).toBe('close');
      ports.add(answer.localPort);
    }
    expect(ports.size).toBe(30);
    expect(lab.acceptedConnections - accepted).toBeLessThanOrEqual(2); // one of ours, one of a poll beside it
    const agent = kept();
    const { localPort } = await ask(door, VERSION, { agent });
    for (let i = 0; i < 3; i += 1) {
      lab.killConnections({ reset: true });
      expect(await ask(door, VERSION, { agent })).toMatchObject({ status: 200, localPort });
    }
  });

  it('answers in its own words where there is no sign-in or no server, and ends with its cluster', async () => {
    const { door, lab, state } = await start();
    lab.refuseConnections(true);
    lab.killConnections();
    const away = await ask(door, VERSION);
    expect(away.status).toBe(502);
    expect(JSON.parse(away.text)).toMatchObject({ data: null, message: expect.stringMatching(/\.$/) as unknown });
    expect(away.headers['sluice-error']).toBeDefined();
    lab.refuseConnections(false);
    await state.page.call('session.logout', { clusterId: state.cluster.id });
    const out = await ask(door, VERSION);
    expect([out.status, codeOf(out.text)]).toEqual([503, 'session-expired']);
    expect(await failureOf(open(state))).toMatchObject({ code: 'session-expired' });
    await state.page.call('cluster.forget', { clusterId: state.cluster.id });
    await expect(ask(door, VERSION)).rejects.toThrow();
  });

  it('stays when its page goes, and closes when told, twice safely', async () => {
    const { door, state, bench } = await start();
    state.page.close();
    expect((await ask(door, VERSION)).status).toBe(200);
    const other = await bench.open();
    await other.page.call('gateway.close', { gatewayId: door.id });
    await other.page.call('gateway.close', { gatewayId: door.id });
    await expect(ask(door, VERSION)).rejects.toThrow();
  });

  it('judges a request with Expect before its body comes', async () => {
    const { door } = await start();
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    cleanUps.push(() => void socket.destroy());
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const head = [
      'POST /api2/json/x HTTP/1.1',
      `Host: ${new URL(door.url).host}`,
      `Authorization: Bearer ${door.token}`,
    ];
    socket.write([...head, 'Expect: 100-continue', 'Content-Length: 1000', '', ''].join('\r\n'));
    await until(() => text.includes('\r\n\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('with 50 ms and TLS between', () => {
  it('serves clients that always close as fast as those that keep, 1,000 requests on at most 16 connections', async () => {
    const bench = await EngineBench.start();
    const proxy = await RoughLine.open(Number(bench.lab.address.split(':')[1]), { delayMs: 25 });
    cleanUps.push(
      () => bench.close(),
      () => proxy.close(),
    );
    const state = await bench.open();
    await bench.login(state.page, bench.lab, proxy.address);
    await until(() => state.clusters.length > 0);
    const door = await open(state);
    state.page.close(); // nobody looks: hardly any polls beside
    const before = proxy.acceptedConnections;
    const timesMs: { kept: number[]; closing: number[] } = { kept: [], closing: [] };
    const client = async (count: number) => {
      const agent = keptConnection();
      for (let i = 0; i < count; i += 1) {
        const isKept = i % 2 === 0;
        const beganAt = performance.now();
        const how = isKept ? { agent } : { headers: { Connection: 'close' } };
        expect((await ask(door, VERSION, how)).status).toBe(200);
        timesMs[isKept ? 'kept' : 'closing'].push(performance.now() - beganAt);
      }
      agent.destroy();
    };
    await Promise.all(Array.from({ length: 5 }, () => client(200)));
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
    const ratio = median(timesMs.closing) / median(timesMs.kept);
    console.log(
      `kept ${median(timesMs.kept).toFixed(1)} ms, closing ${median(timesMs.closing).toFixed(1)} ms, ratio ${ratio.toFixed(2)}, connections ${proxy.acceptedConnections - before}`,
    );
    expect(median(timesMs.kept)).toBeGreaterThan(50);
    expect(ratio).toBeLessThanOrEqual(1.3);
    expect(proxy.acceptedConnections - before).toBeLessThanOrEqual(16);
  }, 60_000);
});
