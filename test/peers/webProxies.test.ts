// The web host behind reverse proxies, configured as the README says, with seconds in place of minutes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { createEngine, type Engine } from '../../electron/engine/engine.ts';
import { createNodeDeps } from '../../electron/hosts/nodeDeps.ts';
import { readPublicUrl } from '../../electron/hosts/web/publicAddress.ts';
import { startWebHost, type WebHost } from '../../electron/hosts/web/webHost.ts';
import { EngineConnection } from '../../renderer/link/connection.ts';
import { useConnection } from '../../renderer/state/connection.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { wireVersion } from '../../shared/wire/linkTerms.ts';
import { createPagePeer } from '../../shared/wire/pagePeer.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';
import { createWebSocketLink } from '../../shared/wire/webSocketLink.ts';
import { FakeDocuments } from '../support/engineBench.ts';
import { freePort } from '../support/proxyProcess.ts';
import { certificate, publicName, webProxies } from '../support/webProxies.ts';

const limitSeconds = 3;
const mostMs = 60_000;
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(webProxies)('behind $name', ({ missing, start }) => {
  let host: WebHost;
  let port: number;
  let publicHost: string;
  let engine: Engine;

  beforeEach(async ({ skip }) => {
    if (missing !== undefined) return skip(missing);
    const pageDir = mkdtempSync(join(tmpdir(), 'sluice-page-'));
    writeFileSync(join(pageDir, 'index.html'), '<!doctype html>');
    port = await freePort();
    publicHost = `${publicName}:${port}`;
    const deps = createNodeDeps({ host: 'web', version: 'test', dataDir: pageDir });
    engine = createEngine({ ...deps, documents: new FakeDocuments() });
    const publicAddress = readPublicUrl(`https://${publicHost}`);
    host = await startWebHost({ engine, pageDir, publicAddress });
    const targetPort = Number(host.listensAt.split(':')[1]);
    const proxy = await start({ port, targetPort, limitSeconds });
    cleanUps.push(
      () => rmSync(pageDir, { recursive: true }),
      () => engine.close(100),
      () => host.close(),
      () => proxy.close(),
    );
  });

  const trusted = () => ({ host: '127.0.0.1', port, servername: publicName, ca: certificate.ca });

  function get(path: string, cookie = ''): Promise<{ status: number; cookie: string; location: string }> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string> = { Host: publicHost, ...(cookie ? { Cookie: cookie } : {}) };
      https
        .get({ ...trusted(), path, headers, agent: false }, (incoming) => {
          const [given = ''] = incoming.headers['set-cookie'] ?? [];
          incoming.resume().on('end', () => {
            resolve({ status: incoming.statusCode ?? 0, cookie: given, location: incoming.headers.location ?? '' });
          });
        })
        .on('error', reject);
    });
  }

  const signIn = async () => (await get(new URL(host.newLoginUrl()).pathname)).cookie.split(';')[0] ?? '';

  function connect(cookie: string, origin = `https://${publicHost}`): Promise<PagePeer> {
    return new Promise((resolve, reject) => {
      const { servername, ca } = trusted();
      const headers = { Host: publicHost, Cookie: cookie, Origin: origin };
      const options = { headers, servername, ca, perMessageDeflate: false };
      const socket = new WebSocket(`wss://127.0.0.1:${port}/link`, options);
      socket.on('open', () => resolve(createPagePeer(createWebSocketLink(socket, { label: 'page' }), systemClock)));
      socket.on('error', reject);
    });
  }

  /** Silent for several limits, with a heartbeat that was asked for. */
  async function idleLink(cookie: string): Promise<void> {
    const page = await connect(cookie);
    let isClosed = false;
    page.onClose(() => {
      isClosed = true;
    });
    const { heartbeatMs } = await page.call('app.hello', { wireVersion, heartbeatMs: 1_000 });
    page.setHeartbeat(heartbeatMs);
    await sleep(limitSeconds * 4_000);
    expect(isClosed).toBe(false);
    expect(await page.call('app.hello', { wireVersion })).toMatchObject({ host: 'web' });
    page.close();
  }

  it('serves the page with a Secure cookie to who opens the address, and to nobody else', async () => {
    const login = await get(new URL(host.url).pathname);
    expect(login).toMatchObject({ status: 303, location: '/' });
    expect(login.cookie).toMatch(/^__Host-sluice-\d+=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect((await get('/')).status).toBe(401);
    expect((await get('/', login.cookie.split(';')[0])).status).toBe(200);
    expect((await get(new URL(host.url).pathname)).status).toBe(410);
  });

  it('serves it over HTTP/2 where the proxy speaks that', async ({ skip }) => {
    const session = http2.connect(`https://127.0.0.1:${port}`, { servername: publicName, ca: certificate.ca });
    const isSpoken = await new Promise((resolve) => {
      session.once('connect', () => resolve(session.alpnProtocol === 'h2')).once('error', () => resolve(false));
    });
    if (!isSpoken) {
      session.destroy();
      return skip('it speaks HTTP/1.1 here');
    }
    const stream = session.request({ ':path': '/', ':authority': publicHost, cookie: await signIn() });
    const status = await new Promise((resolve) => {
      stream.once('response', (headers) => resolve(headers[':status']));
    });
    expect(status).toBe(200);
    session.destroy();
  });

  it('refuses another origin, and believes nothing that is said of where a request came from', async () => {
    const cookie = await signIn();
    await expect(connect(cookie, 'https://evil.example')).rejects.toThrow(/403/);
    await expect(connect(cookie, `http://${publicHost}`)).rejects.toThrow(/403/);
    await expect(connect('', `https://${publicHost}`)).rejects.toThrow(/403/);
  });

  it(
    'keeps an idle link for several of its limits: told to by a heartbeat, or by what two cuts taught it',
    async () => {
      const cookie = await signIn();
      useConnection.setState(useConnection.getInitialState(), true);
      const phases = new Set<string>();
      cleanUps.push(useConnection.subscribe(({ phase }) => phases.add(phase)));
      const connection = new EngineConnection({ clock: systemClock, connect: () => connect(cookie) });
      cleanUps.push(() => connection.dispose());
      connection.start();
      const generation = () => useConnection.getState().generation;
      await expect.poll(generation, { timeout: limitSeconds * 6_000, interval: 50 }).toBe(3);
      expect(useConnection.getState().hello?.heartbeatMs).toBeLessThan(limitSeconds * 1_000);
      await Promise.all([idleLink(cookie), sleep(limitSeconds * 4_000)]);
      expect(generation()).toBe(3);
      expect([...phases]).toEqual(['ready']); // nobody saw more than a moment of it
    },
    mostMs,
  );
});
