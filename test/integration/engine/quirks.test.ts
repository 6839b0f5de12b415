// What servers do that breaks clients (PVE wire facts 11): the engine against the lab, which insists on it.
// QUIRKS.md lists every row with its test.
import { createServer, type TLSSocket } from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { HttpPool } from '../../../electron/engine/api/httpPool.ts';
import { openTlsSocket } from '../../../electron/engine/net/connector.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { EngineBench, failureOf, type PageState } from '../../support/engineBench.ts';
import { deferred, testCertificate } from '../../support/sockets.ts';
import { until } from '../../support/until.ts';

let bench: EngineBench;
afterEach(() => bench.close());

const start = async (options: Parameters<typeof EngineBench.start>[0] = {}) => {
  bench = await EngineBench.start({ life: false, ...options });
};

/** Signs in, looks, starts, opens, types, resizes, follows and stops: all that the engine asks a cluster for. */
async function doEverything(): Promise<PageState> {
  const state = await bench.signedIn();
  const { page } = state;
  const { id: clusterId } = state.cluster;
  await page.call('guest.displays', { clusterId, guestId: 'qemu/101' });
  const { upid } = await page.call('guest.power', { clusterId, guestId: 'lxc/204', action: 'start' });
  const log = page.open('task.log', { clusterId, upid });
  let hasEnded = false;
  log.onData((chunk) => log.consumed(chunk.length));
  log.onEnd(() => (hasEnded = true));
  log.onClose(() => (hasEnded = true));
  log.start();
  await until(() => hasEnded, 'the end of the log');
  for (const [guestId, view] of [
    ['qemu/101', 'vnc'],
    ['lxc/105', 'terminal'],
  ] as const) {
    const console = state.console(guestId, view);
    let bytes = 0;
    console.onData((chunk) => {
      bytes += chunk.length;
      console.consumed(chunk.length);
    });
    console.onEnd(() => undefined);
    console.onClose(() => undefined);
    console.start();
    if (view === 'vnc') console.write(Buffer.from('RFB 003.008\n\x01\x01', 'latin1'));
    await until(() => bytes > 24, `a ${view}`);
    if (view === 'terminal') {
      await page.call('console.resize', { channel: console.number, cols: 120, rows: 40 });
      const before = bytes;
      console.write(new TextEncoder().encode(`echo ${'x'.repeat(70)}\r`.repeat(800))); // 60 KiB in one piece
      await until(() => bytes - before > 800 * 140, 'all of its output', 20_000);
    }
    console.close(1_000);
  }
  const stop = await page.call('guest.power', { clusterId, guestId: 'qemu/101', action: 'shutdown' });
  await page.call('task.stop', { clusterId, upid: stop.upid });
  return state;
}

describe('every request of the engine', () => {
  it('is one that the server takes, and carries nothing that it does not know', { timeout: 60_000 }, async () => {
    await start({ quirks: { taskPace: 20, killAfterMs: 50 } });
    await doEverything();
    const { requests } = bench.lab;
    expect(requests.length).toBeGreaterThan(15);
    for (const { method, path, query, headers, status } of requests) {
      const what = `${method} ${path}`;
      expect(['GET', 'POST', 'PUT', 'DELETE'], what).toContain(method); // row 9
      expect(path.startsWith('/api2/json/'), what).toBe(true); // row 17: origin-form
      expect(headers.get('host'), what).toBe(bench.lab.address); // row 33
      const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
      expect(lines.length, what).toBeLessThan(64); // row 6
      expect(lines.join('').length, what).toBeLessThan(8192);
      expect(headers.has('transfer-encoding'), what).toBe(false); // row 8
      expect(headers.has('range') || headers.has('if-none-match'), what).toBe(false); // row 21
      if (method === 'GET' || method === 'DELETE')
        expect(headers.get('content-length') ?? '0', what).toBe('0'); // row 10
      else expect(headers.has('content-length'), what).toBe(true);
      const type = headers.get('content-type');
      expect([undefined, 'application/x-www-form-urlencoded'], what).toContain(type); // rows 11 and 12
      const cookie = headers.get('cookie');
      if (cookie !== undefined) expect(cookie, what).toMatch(/^PVEAuthCookie=[^;]+$/); // rows 28 and 29
      const names = query === '' ? [] : query.split('&').map((pair) => pair.split('=')[0]);
      expect(new Set(names).size, what).toBe(names.length); // row 14
      expect([400, 501, 505, 506], what).not.toContain(status); // row 34
    }
  });

  it('is written in full: a password of =, ;, +, & and % signs in, and a guest of any name is read', async () => {
    await start();
    const password = 'a=b;c+d&e%66 f"ü€\\/?#';
    await bench.close();
    bench = await EngineBench.start({ life: false, password });
    const state = await bench.open();
    expect(await bench.login(state.page)).toMatchObject({ kind: 'signed-in' }); // row 13
  });

  it('goes over at most six connections, and over a new one when the server said close', async () => {
    await start({ quirks: { requestsPerConnection: 3 } });
    const state = await bench.signedIn();
    const { id: clusterId } = state.cluster;
    const many = Array.from({ length: 60 }, () =>
      state.page.call('guest.displays', { clusterId, guestId: 'qemu/101' }),
    );
    await Promise.all(many);
    const perConnection = new Map<number, number>();
    for (const { connectionId } of bench.lab.requests) {
      perConnection.set(connectionId, (perConnection.get(connectionId) ?? 0) + 1);
    }
    expect(Math.max(...perConnection.values())).toBeLessThanOrEqual(3); // row 2
    expect(perConnection.size).toBeGreaterThanOrEqual(20);
    expect(bench.lab.openConnections).toBeLessThanOrEqual(6); // row 4
  });

  it('is in no hurry to be refused: a wrong password is asked about once, and waited for', async () => {
    await start({ quirks: { authDelayMs: 600 } });
    const state = await bench.open();
    const user = { username: 'root@pam', password: 'wrong' };
    expect(await failureOf(bench.login(state.page, user))).toMatchObject({ code: 'login-failed' });
    const logins = bench.lab.requests.filter(
      ({ path, method }) => method === 'POST' && path.endsWith('/access/ticket'),
    );
    expect(logins).toHaveLength(1); // row 19
  });
});

describe('answers', () => {
  it('are read compressed, loosely typed, in any order and with umlauts in their reason', async () => {
    await start({ guests: 300, quirks: { looseTypes: true, shuffledKeys: true, messageInBody: false } });
    bench.lab.changeGuests((guests) => {
      guests.get(204)!.name = 'grün-und-größer';
    });
    const state = await bench.signedIn();
    await until(() => state.guests.size === 300, 'all guests'); // row 32
    expect(state.guest('lxc/204')).toMatchObject({ name: 'grün-und-größer', vmid: 204, state: 'stopped' });
    const list = bench.lab.requests.findLast(({ path }) => path.endsWith('/cluster/resources'))!;
    expect(list.headers.get('accept-encoding')).toBe('gzip'); // row 20
    expect(list.responseBytes).toBeLessThan(300 * 120);
    bench.lab.quirks.failAll = { status: 500, reason: 'Gerät läuft nicht: „größer“' };
    const { id: clusterId } = state.cluster;
    const failed = failureOf(state.page.call('guest.power', { clusterId, guestId: 'lxc/204', action: 'start' }));
    expect((await failed).message).toContain('Gerät läuft nicht: „größer“'); // row 35
  });

  it('that break off are unknown where something was changed, and only late where nothing was', async () => {
    await start();
    const state = await bench.signedIn();
    const { id: clusterId } = state.cluster;
    bench.lab.quirks.failAll = { status: 596, reason: 'Connection timed out' };
    const power = () => failureOf(state.page.call('guest.power', { clusterId, guestId: 'lxc/204', action: 'start' }));
    expect(await power()).toMatchObject({ code: 'outcome-unknown' }); // row 22
    const look = () => failureOf(state.page.call('guest.displays', { clusterId, guestId: 'qemu/101' }));
    expect(await look()).toMatchObject({ code: 'timeout', retry: 'later' });
    bench.lab.quirks.failAll = { status: 595, reason: 'No route to host' };
    expect(await power()).toMatchObject({ code: 'unreachable', retry: 'later' }); // nothing was done there
  });

  it('that never come are given up', async () => {
    await start();
    const state = await bench.signedIn();
    bench.lab.quirks.neverAnswer = true;
    const giveUp = new AbortController();
    const { id: clusterId } = state.cluster;
    const asked = failureOf(
      state.page.call('guest.displays', { clusterId, guestId: 'qemu/101' }, { signal: giveUp.signal }),
    );
    await until(() => bench.lab.requests.some(({ path }) => path.endsWith('/qemu/101/status/current')));
    giveUp.abort();
    expect(await asked).toMatchObject({ code: 'aborted' }); // row 18; deadlines: httpPool.test.ts
  });
});

describe('a guest that moved', () => {
  const move = (vmid: number, node: string) =>
    bench.lab.changeGuests((guests) => {
      guests.get(vmid)!.node = node;
    });
  const other = (node: string) => (node === 'pve1' ? 'pve2' : 'pve1');

  it('is found while the list still tells of its old node, and is started once', async () => {
    await start();
    const state = await bench.signedIn();
    bench.lab.quirks.resourcesLagMs = 60_000;
    const { id: clusterId } = state.cluster;
    const before = state.guest('lxc/204').node;
    move(204, other(before));
    bench.lab.forgetRequests();
    await state.page.call('guest.power', { clusterId, guestId: 'lxc/204', action: 'start' }); // row 31
    const starts = bench.lab.requests.filter(({ path }) => path.endsWith('/status/start'));
    expect(starts.map(({ path, status }) => [path.split('/')[4], status])).toEqual([
      [before, 500],
      [other(before), 200],
    ]);
  });

  it('shows its console there', async () => {
    await start();
    const state = await bench.signedIn();
    bench.lab.quirks.resourcesLagMs = 60_000;
    move(105, other(state.guest('lxc/105').node));
    const console = state.console('lxc/105', 'terminal');
    let bytes = 0;
    console.onData((chunk) => {
      bytes += chunk.length;
      console.consumed(chunk.length);
    });
    console.onEnd(() => undefined);
    console.onClose(() => undefined);
    console.start();
    await until(() => bytes > 0, 'its output');
  });
});

describe('connections', () => {
  it('that were refused right after accept are told as what they may be: an address that is not allowed', async () => {
    await start();
    bench.lab.refuseConnections(true);
    const state = await bench.open();
    const failed = await failureOf(state.page.call('cluster.probe', { address: bench.lab.address }));
    expect(failed).toMatchObject({ code: 'reset', retry: 'later' }); // row 26
    expect(failed.message).toContain('allows the address of this machine');
    bench.lab.refuseConnections(false);
  });

  it('break none of the rules of the WebSocket reader, whatever is typed or pasted', { timeout: 60_000 }, async () => {
    await start({ quirks: { taskPace: 20, killAfterMs: 50 } });
    await doEverything();
    expect(bench.lab.consoles.length).toBeGreaterThanOrEqual(2);
    expect(bench.lab.consoles.map(({ violation }) => violation)).toEqual(bench.lab.consoles.map(() => undefined)); // row 27
  });

  it('ask for HTTP/1.1 where a server would speak HTTP/2', async () => {
    await start();
    const { cert, key, fingerprint } = testCertificate();
    const spoken = deferred<string | false | null>();
    const server = createServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket: TLSSocket) => {
      spoken.resolve(socket.alpnProtocol);
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const state = await bench.open();
    const login = { address: `127.0.0.1:${port}`, acceptFingerprint: fingerprint };
    await failureOf(state.page.call('session.login', { ...login, username: 'root', realm: 'pam', password: 'x' }));
    expect(await spoken.promise).not.toBe('h2'); // row 15
    await new Promise((resolve) => server.close(resolve));
  });

  it('are ended by us with a FIN before the server’s five seconds are over', async () => {
    await start();
    const clock = new FakeClock();
    const [host = '', port = ''] = bench.lab.address.split(':');
    const trust = { fingerprints: [bench.lab.fingerprint] };
    const pool = new HttpPool({
      clock,
      address: bench.lab.address,
      openSocket: (signal) => openTlsSocket({ host, port: Number(port), trust, signal }),
    });
    const request = { method: 'GET', path: '/api2/json/access/domains', headers: {}, timeoutMs: 5_000 } as const;
    expect((await pool.request(request)).status).toBe(200);
    clock.advance(3_499);
    expect(pool.idleCount).toBe(1);
    clock.advance(1);
    expect(pool.idleCount).toBe(0); // row 1
    await until(() => bench.lab.openConnections === 0, 'the end');
    pool.dispose();
  });
});
