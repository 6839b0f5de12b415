import net from 'node:net';

import { describe, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { haproxyMissing, startCutter } from '../support/haproxy.ts';
import { lifeMs, MIB, sleep, tell } from './figures.ts';
import { RelayProcess } from './relayProcess.ts';

const host = '127.0.0.1';
const limitSeconds = 5;
const chunkBytes = 1 << 16;

/** A WebSocket server of another make that answers pings; what it says else is `speak`'s. */
async function startServer(speak?: (ws: import('ws').WebSocket) => void) {
  const server = new WebSocketServer({ host, port: 0, perMessageDeflate: false, handleProtocols: () => 'binary' });
  server.on('connection', (ws) => {
    ws.on('error', () => {});
    speak?.(ws);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const close = () => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  };
  return { port: (server.address() as net.AddressInfo).port, close };
}

function open(port: number): net.Socket {
  return net.connect({ host, port }).on('error', () => {});
}

async function until(isSo: () => boolean, mostMs: number): Promise<number> {
  const startedMs = performance.now();
  while (!isSo() && performance.now() - startedMs < mostMs) await sleep(20);
  return performance.now() - startedMs;
}

/** The nth chunk: its number in every word. */
function chunkAt(n: number): Buffer {
  return Buffer.from(new Uint32Array(chunkBytes / 4).fill(n).buffer);
}

/** Whether the first `count` chunks come, each in its place. */
async function comesWhole(socket: net.Socket, count: number): Promise<boolean> {
  const expected = Buffer.concat(Array.from({ length: count }, (_, n) => chunkAt(n)));
  const got: Buffer[] = [];
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    if (bytes < expected.length) got.push(Buffer.from(chunk));
    bytes += chunk.length;
  });
  socket.resume();
  await until(() => bytes >= expected.length, 10_000);
  return Buffer.compare(Buffer.concat(got).subarray(0, expected.length), expected) === 0;
}

// They all wait at the same time.
describe.concurrent('for ten minutes', () => {
  for (const mode of ['http', 'tcp'] as const) {
    const name = `behind HAProxy that cuts silence after ${limitSeconds} s, mode ${mode}`;
    const test = haproxyMissing === undefined ? it.concurrent : it.skip;
    const note = haproxyMissing === undefined ? '' : ` (skipped: ${haproxyMissing})`;

    test(`a silent tunnel lives by its heartbeat ${name}${note}`, async ({ expect }) => {
      const server = await startServer();
      const proxy = await startCutter(mode, limitSeconds, server.port);
      const to = ['--to', `ws://${proxy.address}/`, '--heartbeat', '2'];
      const relay = await RelayProcess.start('--listen', `tcp://${host}:0`, ...to);
      const socket = open(relay.port);
      try {
        await sleep(lifeMs);
        expect(relay.closed).toEqual([]);
        expect(relay.stats?.relays).toHaveLength(1);
      } finally {
        socket.destroy();
        await relay.end();
        await proxy.close();
        server.close();
      }
    });

    test(`one without is cut, cut again, and then lives by what was learned ${name}${note}`, async ({ expect }) => {
      const server = await startServer();
      const proxy = await startCutter(mode, limitSeconds, server.port);
      const to = ['--to', `ws://${proxy.address}/`, '--heartbeat', '3600'];
      const relay = await RelayProcess.start('--listen', `tcp://${host}:0`, ...to);
      const sockets: net.Socket[] = [];
      try {
        for (let cut = 1; cut <= 2; cut += 1) {
          sockets.push(open(relay.port));
          const seconds = (await until(() => relay.closed.length === cut, limitSeconds * 4000)) / 1000;
          tell(`mode ${mode}`, { cut, 'after s': seconds });
          expect(seconds).toBeGreaterThan(limitSeconds * 0.9);
          expect(seconds).toBeLessThan(limitSeconds * 1.5);
        }
        sockets.push(open(relay.port));
        await sleep(lifeMs);
        const life = relay.stats?.relays[0] as { idleLimitMs?: number; heartbeatMs?: number } | undefined;
        tell(`mode ${mode}`, { 'learned ms': life?.idleLimitMs, 'heartbeat ms': life?.heartbeatMs });
        expect(relay.closed).toHaveLength(2);
        expect(life?.idleLimitMs).toBeGreaterThan(limitSeconds * 900);
        expect(life?.heartbeatMs).toBeLessThan(limitSeconds * 800);
      } finally {
        for (const socket of sockets) socket.destroy();
        await relay.end();
        await proxy.close();
        server.close();
      }
    });
  }

  it.concurrent('a healthy peer outlives a reader of ours that stalls, and the stream goes on', async ({ expect }) => {
    const server = await startServer((ws) => {
      let n = 0;
      const send = () =>
        ws.send(chunkAt(n), (error) => {
          n += 1;
          if (!error) send();
        });
      send();
    });
    const to = ['--to', `ws://${host}:${server.port}/`, '--heartbeat', '2'];
    const relay = await RelayProcess.start('--listen', `tcp://${host}:0`, ...to);
    const socket = open(relay.port).pause();
    try {
      await sleep(5_000);
      const beforeMiB = relay.residentMiB;
      await sleep(lifeMs);
      const grownMiB = relay.residentMiB - beforeMiB;
      const heldMiB = (relay.stats?.heldBytes ?? 0) / MIB;
      tell('stalled reader', { 'held MiB': heldMiB, 'grown MiB': grownMiB });
      expect(relay.closed).toEqual([]);
      expect(relay.stats?.relays).toMatchObject([{ health: 'alive', down: { paused: true } }]);
      expect(heldMiB).toBeLessThanOrEqual(1 + 1 / 16);
      expect(grownMiB).toBeLessThanOrEqual(8);
      expect(await comesWhole(socket, 256)).toBe(true);
    } finally {
      socket.destroy();
      await relay.end();
      server.close();
    }
  });
});
