import { WebSocketServer } from 'ws';

import { sleep } from '../../bench/processes.mjs';
import { host, open } from '../ends.mjs';
import { startRelay } from '../relayProcess.mjs';

const CHUNK = 1 << 16;
const MINUTE_MS = 60_000;
const MIB = 2 ** 20;

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
    const relay = await startRelay(cli, ['--listen', 'tcp://127.0.0.1:0', '--to', to, '--heartbeat', '2']);
    try {
      const socket = await open(relay.port);
      await sleep(5_000);
      const beforeBytes = relay.rssBytes();
      await sleep(minutes * MINUTE_MS);
      for (const { reason, message } of relay.closed) report.note(`closed: ${reason}, ${message}`);
      report.holds(`alive after ${minutes} minutes`, relay.closed.length === 0);
      report.holds('not even late', relay.stats?.relays[0]?.health === 'alive');
      report.figure('held', relay.mostHeldBytes, { most: (1 << 20) + (64 << 10), unit: 'bytes' });
      report.figure('memory grew by', (relay.rssBytes() - beforeBytes) / MIB, { most: 8, unit: 'MiB' });
      report.holds('then the stream goes on without a gap', await isWhole(socket, 256));
    } finally {
      await relay.end();
      for (const ws of server.clients) ws.terminate();
      server.close();
    }
  },
};

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
