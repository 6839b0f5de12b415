// Nothing is said for long, behind HAProxy that cuts what is silent for 5 s. `npm run stress` makes it ten minutes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { createEngine } from '../../electron/engine/engine.ts';
import { ReaderSession } from '../../electron/engine/pbs/readerSession.ts';
import { DEFAULT_HEARTBEAT_MS } from '../../electron/engine/pbs/readerHeartbeat.ts';
import { createNodeDeps } from '../../electron/hosts/nodeDeps.ts';
import { readPublicUrl } from '../../electron/hosts/web/publicAddress.ts';
import { startWebHost } from '../../electron/hosts/web/webHost.ts';
import { PbsLab } from '../../electron/lab/pbs/pbsLab.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { IdleLimits } from '../../shared/flow/idleLimits.ts';
import { usualHeartbeatMs, wireVersion } from '../../shared/wire/linkTerms.ts';
import { createPagePeer } from '../../shared/wire/pagePeer.ts';
import type { PagePeer } from '../../shared/wire/peer.ts';
import { createWebSocketLink } from '../../shared/wire/webSocketLink.ts';
import { EngineBench, FakeDocuments } from '../support/engineBench.ts';
import { type CutterOptions, haproxyMissing, startCutter } from '../support/haproxy.ts';
import { OpenedConsole } from '../support/openedConsole.ts';
import { serverOf, snapshotOf } from '../support/pbsBench.ts';
import { listenPlain, testCertificate } from '../support/sockets.ts';
import { until } from '../support/until.ts';

type Mode = 'http' | 'tcp';
const modes: readonly Mode[] = ['http', 'tcp'];
const limitSeconds = 5;
const silenceMs = Number(process.env['SLUICE_SILENCE_MS'] ?? 4 * limitSeconds * 1000);
const { cert, key, fingerprint } = testCertificate();
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function cutter(mode: Mode, targetPort: number, options: CutterOptions = {}) {
  const proxy = await startCutter(mode, limitSeconds, targetPort, options);
  cleanUps.push(() => proxy.close());
  return proxy;
}

/** A terminal on which nobody types and nothing is printed. Gives what it lost after it had learned the limit. */
async function silentConsole(mode: Mode): Promise<() => unknown[]> {
  const bench = await EngineBench.start({ life: false });
  cleanUps.push(() => bench.close());
  const isHttp = mode === 'http'; // what it cannot decrypt it cannot read as HTTP
  const proxy = await cutter(mode, Number(bench.lab.address.split(':')[1]), isHttp ? { tls: { cert, key } } : {});
  const state = await bench.open();
  const { username, password, fingerprint: labFingerprint } = bench.lab;
  const [name = '', realm = ''] = username.split('@');
  const acceptFingerprint = isHttp ? fingerprint : labFingerprint;
  await state.page.call('session.login', {
    address: proxy.address,
    acceptFingerprint,
    username: name,
    realm,
    password,
  });
  await until(() => state.guests.size > 0, 'the list of guests');
  const console = new OpenedConsole(state, 'qemu/100');
  cleanUps.push(() => console.dispose());
  await until(() => console.losses.length === 2 && console.isOpen, 'the third tunnel', limitSeconds * 6_000);
  expect(console.losses.every((loss) => loss === undefined || loss.retry === 'later')).toBe(true);
  return () => console.losses.slice(2);
}

/** A page of the web host that asks for nothing. Gives why its link was lost. */
async function silentLink(mode: Mode): Promise<() => unknown[]> {
  const pageDir = mkdtempSync(join(tmpdir(), 'sluice-page-'));
  writeFileSync(join(pageDir, 'index.html'), '<!doctype html>');
  const deps = createNodeDeps({ host: 'web', version: 'test', dataDir: pageDir });
  const engine = createEngine({ ...deps, documents: new FakeDocuments() });
  cleanUps.push(
    () => rmSync(pageDir, { recursive: true }),
    () => engine.close(100),
  );
  const spare = await listenPlain(() => {});
  spare.close();
  const doorPort = spare.port;
  const publicAddress = readPublicUrl(`http://127.0.0.1:${doorPort}`);
  const host = await startWebHost({ engine, pageDir, publicAddress });
  cleanUps.push(() => host.close());
  const proxy = await cutter(mode, Number(host.listensAt.split(':')[1]), {});
  const page = await openLink(proxy.port, `127.0.0.1:${doorPort}`, new URL(host.newLoginUrl()).pathname);
  const reasons: unknown[] = [];
  page.onClose((reason) => reasons.push(reason));
  const heartbeatMs = Math.round(learnedLimits().heartbeatMs('link', usualHeartbeatMs));
  const hello = await page.call('app.hello', { wireVersion, heartbeatMs });
  page.setHeartbeat(hello.heartbeatMs);
  cleanUps.push(() => page.close());
  return () => reasons;
}

/** As a page has them that was cut twice before: `webProxies.test.ts` has it learn them. */
function learnedLimits(): IdleLimits {
  const limits = new IdleLimits();
  limits.load({ link: limitSeconds * 1000 });
  return limits;
}

async function openLink(port: number, host: string, loginPath: string): Promise<PagePeer> {
  const cookie = await new Promise<string>((resolve, reject) => {
    const request = { host: '127.0.0.1', port, path: loginPath, headers: { Host: host }, agent: false };
    get(request, (incoming) => resolve((incoming.resume().headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '')).on(
      'error',
      reject,
    );
  });
  const headers = { Host: host, Origin: `http://${host}`, Cookie: cookie };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/link`, { headers, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(createPagePeer(createWebSocketLink(socket, { label: 'page' }), systemClock)));
    socket.on('error', reject);
  });
}

interface SilentReader {
  readonly session: ReaderSession;
  readonly lab: PbsLab;
}

/** A session of the backup reader that has nothing to ask. */
async function silentReader(
  mode: Mode,
  options: { heartbeatMs?: number; hasHeartbeat?: boolean } = {},
): Promise<SilentReader> {
  const { heartbeatMs = DEFAULT_HEARTBEAT_MS, hasHeartbeat = true } = options;
  const lab = await PbsLab.start({ quirks: { authDelayMs: 0, hasHeartbeat } });
  cleanUps.push(() => lab.close());
  const isHttp = mode === 'http';
  const proxy = await cutter(mode, lab.port, isHttp ? { tls: { cert, key } } : {});
  const trust = { fingerprints: [isHttp ? fingerprint : lab.fingerprint], isSystemTrusted: false };
  const server = { ...serverOf(lab, proxy.address), trust };
  const { ref } = snapshotOf(lab, '100');
  const session = await ReaderSession.open(server, ref, { clock: systemClock, heartbeatMs });
  cleanUps.push(() => session.dispose());
  return { session, lab };
}

/** What it is good for afterwards, and what the server wrote of it meanwhile. */
async function afterSilence({ session, lab }: SilentReader) {
  let bytes = 0;
  await session.download('qemu-server.conf.blob', (piece) => {
    bytes += piece.length;
  });
  const lines = lab.tasks[0]?.lines.filter((line) => line.includes('heartbeat')) ?? [];
  return { isWhole: bytes > 0, connections: lab.readers.length, linesOfHeartbeats: lines.length };
}

describe.skipIf(haproxyMissing !== undefined)(`behind HAProxy that cuts ${limitSeconds} s of silence`, () => {
  it(
    `consoles, links and sessions of the backup reader outlive ${silenceMs / 1000} s of silence, in both modes`,
    async () => {
      const ways = modes.flatMap((mode) => [
        { mode, hasHeartbeat: true },
        { mode, hasHeartbeat: false }, // an older server, which does not know the question
      ]);
      const readers = await Promise.all(ways.map(({ mode, hasHeartbeat }) => silentReader(mode, { hasHeartbeat })));
      const mute = await Promise.all(modes.map((mode) => silentReader(mode, { heartbeatMs: 0 })));
      const losses = await Promise.all(modes.flatMap((mode) => [silentConsole(mode), silentLink(mode)]));
      await sleep(silenceMs);
      expect(losses.map((lost) => lost())).toEqual([[], [], [], []]);
      expect(mute.map(({ session }) => session.isOpen)).toEqual([false, false]); // it does cut
      const held = { isWhole: true, connections: 1 };
      expect(await Promise.all(readers.map(afterSilence))).toEqual(
        ways.map(({ hasHeartbeat }) => ({ ...held, linesOfHeartbeats: hasHeartbeat ? 0 : 1 })), // the log is not filled
      );
    },
    silenceMs + 120_000,
  );
});
