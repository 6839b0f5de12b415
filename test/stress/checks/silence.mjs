import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';

import { freePort, isInstalled, sleep, start } from '../../bench/processes.mjs';
import { host, open, temporaryFolder, waitFor } from '../ends.mjs';
import { startRelay } from '../relayProcess.mjs';

const LIMIT_S = 5;
const MINUTE_MS = 60_000;
const HAPROXY = '/usr/sbin/haproxy';

/** HAProxy between a relay and a silent WebSocket server. */
function between(mode) {
  return {
    name: `silence behind HAProxy, mode ${mode}`,
    missing: () => (isInstalled('haproxy') || isInstalled(HAPROXY) ? undefined : 'haproxy is not installed'),

    async run(report, { cli, minutes }) {
      const server = new WebSocketServer({ host, port: 0, handleProtocols: () => 'binary' });
      await new Promise((resolve) => server.once('listening', resolve));
      const proxy = await startProxy(mode, server.address().port);
      const to = ['--listen', 'tcp://127.0.0.1:0', '--to', `ws://${host}:${proxy.port}/`];
      const beating = await startRelay(cli, [...to, '--heartbeat', '2']);
      const learning = await startRelay(cli, [...to, '--heartbeat', '3600']);
      try {
        await Promise.all([live(report, beating, minutes), learn(report, learning, minutes)]);
      } finally {
        await beating.end();
        await learning.end();
        await proxy.end();
        server.close();
        for (const ws of server.clients) ws.terminate();
      }
    },
  };
}

export const silence = [between('http'), between('tcp')];

async function startProxy(mode, target) {
  const folder = temporaryFolder();
  const port = await freePort();
  const limits = ['connect', 'client', 'server'].map((which) => `  timeout ${which} ${LIMIT_S}s`).join('\n');
  const file = join(folder.path, 'haproxy.cfg');
  const listener = `listen it\n  bind ${host}:${port}\n  server s ${host}:${target}\n`;
  writeFileSync(file, `defaults\n  mode ${mode}\n${limits}\n${listener}`);
  const { end } = start('haproxy', ['-f', file, '-db'], { env: { PATH: `${process.env.PATH}:/usr/sbin` } });
  await untilOpen(port);
  return {
    port,
    async end() {
      await end();
      folder.remove();
    },
  };
}

async function untilOpen(port) {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = await open(port).catch(() => undefined);
    if (socket) return socket.destroy();
    await sleep(50);
  }
  throw new Error('HAProxy did not start.');
}

/** With heartbeats below the limit. */
async function live(report, relay, minutes) {
  const socket = await open(relay.port);
  await sleep(minutes * MINUTE_MS);
  report.holds(`alive by heartbeats after ${minutes} minutes`, relay.closed.length === 0);
  socket.destroy();
}

/** Without: cut, cut again, and from then on alive. */
async function learn(report, relay, minutes) {
  for (let cut = 1; cut <= 2; cut += 1) {
    const startedMs = performance.now();
    const socket = await open(relay.port);
    const isCut = await waitFor(() => relay.closed.length === cut, 4 * LIMIT_S * 1000);
    const seconds = isCut ? (performance.now() - startedMs) / 1000 : undefined;
    report.figure(`cut no. ${cut}`, seconds, { least: LIMIT_S * 0.9, most: LIMIT_S * 1.5, unit: 's' });
    socket.destroy();
  }
  const socket = await open(relay.port);
  await sleep((minutes - 0.5) * MINUTE_MS);
  const learned = relay.stats?.relays[0];
  report.figure('learned', learned?.idleLimitMs, { least: LIMIT_S * 900, most: LIMIT_S * 1300, unit: 'ms' });
  report.figure('heartbeat from then on', learned?.heartbeatMs, { most: LIMIT_S * 780, unit: 'ms' });
  report.holds(`alive with what was learned after ${minutes - 0.5} minutes`, relay.closed.length === 2);
  socket.destroy();
}
