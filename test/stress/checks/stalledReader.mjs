import { WebSocketServer } from 'ws';

import { sleep } from '../../bench/processes.mjs';
import { host, open, waitFor } from '../ends.mjs';
import { startRelay } from '../relayProcess.mjs';

const CHUNK = 1 << 16;
const MINUTE_MS = 60_000;
const MIB = 2 ** 20;
const HEARTBEAT_S = 2;
const MOST_HELD_BYTES = MIB + (64 << 10); // window and one read, of each of the two
const STATS_S = 0.5; // how often the relay is asked
const START_MS = 5_000;

/** The nth chunk of the stream; its place is in every word. */
function chunkAt(n) {
  const words = new Uint32Array(CHUNK / 4).fill(n);
  return Buffer.from(words.buffer);
}

/** A WebSocket server of another make that writes as fast as it may, and answers pings. */
function startServer() {
  const server = new WebSocketServer({ host, port: 0, perMessageDeflate: false, handleProtocols: () => 'binary' });
  server.on('connection', (ws) => {
    let n = 0;
    const send = () => ws.send(chunkAt(n++), { binary: true }, (error) => error || send());
    send();
    ws.on('error', () => {});
  });
  return new Promise((resolve) => server.once('listening', () => resolve(server)));
}

/** A healthy peer, and a reader of ours that stops for minutes. */
export const stalledReader = {
  name: 'stalled reader',

  async run(report, { cli, minutes }) {
    const server = await startServer();
    const to = `ws://${host}:${server.address().port}/`;
    const relay = await startRelay(cli, [
      '--listen',
      'tcp://127.0.0.1:0',
      '--to',
      to,
      '--heartbeat',
      String(HEARTBEAT_S),
    ]);
    try {
      const socket = await open(relay.port);
      await waitFor(() => server.clients.size === 1, START_MS);
      await open(relay.port); // the peer of this one will reset it
      await sleep(START_MS);
      const beforeBytes = relay.rssBytes();
      await sleep(minutes * MINUTE_MS);
      for (const { reason, message } of relay.closed) report.note(`closed: ${reason}, ${message}`);
      report.holds(`alive after ${minutes} minutes`, relay.closed.length === 0);
      report.holds('not even late', relay.stats?.relays[0]?.health === 'alive');
      report.figure('held', relay.mostHeldBytes, { most: 2 * MOST_HELD_BYTES, unit: 'bytes' });
      report.figure('memory grew by', (relay.rssBytes() - beforeBytes) / MIB, { most: 8, unit: 'MiB' });
      await reset(report, relay, server);
      report.holds('then the stream goes on without a gap', await isWhole(socket, 256));
    } finally {
      await relay.end();
      for (const ws of server.clients) ws.terminate();
      server.close();
    }
  },
};

/** The peer of the second stream goes. What we hold of it is no news yet. */
async function reset(report, relay, server) {
  [...server.clients].at(-1)._socket.resetAndDestroy();
  const startedMs = performance.now();
  const isNoticed = () => relay.stats?.relays.some(({ health }) => health === 'dead');
  const isIt = await waitFor(isNoticed, 10 * HEARTBEAT_S * 1000);
  const seconds = isIt ? (performance.now() - startedMs) / 1000 : undefined;
  report.figure('a reset meanwhile was noticed after', seconds, { most: 2 * HEARTBEAT_S + STATS_S, unit: 's' });
}

/** Whether the first `chunks` chunks come, each in its place. */
async function isWhole(socket, chunks) {
  let bytes = 0;
  let isSo = true;
  const whole = Buffer.concat(Array.from({ length: chunks }, (_, n) => chunkAt(n)));
  const enough = new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('data', (chunk) => {
      const part = chunk.subarray(0, Math.max(0, whole.length - bytes));
      if (Buffer.compare(part, whole.subarray(bytes, bytes + part.length)) !== 0) isSo = false;
      bytes += chunk.length;
      if (bytes >= whole.length) resolve();
    });
  });
  socket.resume();
  await enough;
  socket.destroy();
  return isSo && bytes >= whole.length;
}
