import { createHash, randomBytes } from 'node:crypto';

import { sleep } from '../../bench/processes.mjs';
import { listen, open, pour } from '../ends.mjs';
import { startRelay } from '../relayProcess.mjs';

const CHUNK = 1 << 18;
const GIB = 2 ** 30;
const STALL_MS = 2_000;
const MIB = 2 ** 20;

/** Bytes that repeat nowhere near: a window into noise that moves by an odd step. */
function noise() {
  const pool = randomBytes(CHUNK * 64);
  let at = 0;
  return () => {
    at = (at + 1_234_577) % (pool.length - CHUNK);
    return pool.subarray(at, at + CHUNK);
  };
}

/** Tens of gigabytes through a sink that stops for two seconds after every one of them. */
export const soak = {
  name: 'soak',

  async run(report, { cli, gib }) {
    const [sent, got] = [createHash('sha256'), createHash('sha256')];
    const next = noise();
    let left = gib * GIB;
    const source = await listen((socket) =>
      pour(socket, () => {
        if (left <= 0) return undefined;
        left -= CHUNK;
        const chunk = next();
        sent.update(chunk);
        return chunk;
      }),
    );
    const relay = await startRelay(cli, ['--listen', 'tcp://127.0.0.1:0', '--to', `tcp://127.0.0.1:${source.port}`]);
    try {
      const startedMs = performance.now();
      const bytes = await drink(await open(relay.port), got, gib);
      const seconds = (performance.now() - startedMs) / 1000;
      report.figure('carried', bytes / GIB, { least: gib, most: gib, unit: 'GiB' });
      report.figure('rate beside the stalls', bytes / GIB / (seconds - (gib * STALL_MS) / 1000), { unit: 'GiB/s' });
      report.holds('SHA-256 equal at both ends', sent.digest('hex') === got.digest('hex'));
      report.figure('held by the relay', relay.mostHeldBytes, { most: (1 << 20) + (64 << 10), unit: 'bytes' });
      memory(report, relay.rssSamples);
    } finally {
      await relay.end();
      source.close();
    }
  },
};

function memory(report, samples) {
  const quarter = Math.floor(samples.length / 4);
  const most = (part) => Math.max(...samples.slice(part * quarter, (part + 1) * quarter)) / MIB;
  report.figure('most resident memory', Math.max(...samples) / MIB, { most: 192, unit: 'MiB' });
  report.figure('last quarter above the second', most(3) - most(1), { most: 8, unit: 'MiB' });
}

async function drink(socket, hash, gib) {
  let bytes = 0;
  let stalls = 0;
  const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  socket.on('data', (chunk) => {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes < (stalls + 1) * GIB || stalls >= gib) return;
    stalls += 1;
    socket.pause();
    void sleep(STALL_MS).then(() => socket.resume());
  });
  socket.resume();
  await ended;
  socket.destroy();
  return bytes;
}
