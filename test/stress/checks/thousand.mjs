import { join } from 'node:path';

import { sleep } from '../../bench/processes.mjs';
import { listen, open, pour, temporaryFolder, waitFor } from '../ends.mjs';
import { startRelay } from '../relayProcess.mjs';

const STREAMS = 1_000;
const BUDGET_MIB = 64;
const KEYS = 1_000; // pressed one after the other, each echoed
const KEY_PAUSE_MS = 5;
const MIB = 2 ** 20;

/**
 * A thousand streams whose sources write without end and whose readers never read, and a console beside them. On Unix
 * sockets, whose buffers are small: over TCP the system alone would hold gigabytes.
 */
export const thousand = {
  name: 'thousand',

  async run(report, { cli }) {
    const folder = temporaryFolder();
    const [target, local] = [join(folder.path, 'target'), join(folder.path, 'local')];
    let connections = 0;
    const chunk = Buffer.alloc(64 << 10, 7);
    const source = await listen((socket) => {
      connections += 1;
      if (connections <= STREAMS) pour(socket, () => chunk);
      else socket.pipe(socket);
    }, target);
    const budget = ['--budget', `${BUDGET_MIB}M`];
    const relay = await startRelay(cli, ['--listen', `unix:${local}`, '--to', `unix:${target}`, ...budget]);
    const readers = [];
    try {
      while (readers.length < STREAMS) readers.push(await openPatiently(local));
      const areStalled = () => relay.stats?.relays.filter(({ down }) => down.paused).length === STREAMS;
      report.holds(`${STREAMS} streams stalled`, await waitFor(areStalled, 60_000));
      await sleep(3_000);
      report.figure('held together', relay.mostHeldBytes / MIB, { most: BUDGET_MIB, unit: 'MiB' });
      report.figure('most resident memory', Math.max(...relay.rssSamples) / MIB, {
        most: BUDGET_MIB + 128,
        unit: 'MiB',
      });
      const times = await typeKeys(await openPatiently(local));
      report.figure('a key in the console beside, p50', times[times.length >> 1], { unit: 'ms' });
      report.figure('a key in the console beside, p99', times[Math.floor(times.length * 0.99)], {
        most: 50,
        unit: 'ms',
      });
      for (const { reason } of relay.failed.slice(0, 3)) report.note(`failed: ${reason}`);
      report.holds('nothing failed and nothing was closed', relay.failed.length + relay.closed.length === 0);
    } finally {
      for (const reader of readers) reader.destroy();
      await relay.end();
      source.close();
      folder.remove();
    }
  },
};

/** A Unix socket refuses at once while its queue of connections is full. */
async function openPatiently(path) {
  for (;;) {
    try {
      return await open(path);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      await sleep(20);
    }
  }
}

/** Round trips of single keys in milliseconds, sorted. */
async function typeKeys(socket) {
  const times = [];
  socket.resume();
  for (let key = 0; key < KEYS; key += 1) {
    const sentMs = performance.now();
    socket.write('k');
    await new Promise((resolve) => socket.once('data', resolve));
    times.push(performance.now() - sentMs);
    await sleep(KEY_PAUSE_MS);
  }
  socket.destroy();
  return times.sort((a, b) => a - b);
}
