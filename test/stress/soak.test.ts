import { createHash, type Hash, randomBytes } from 'node:crypto';
import net from 'node:net';

import { expect, it } from 'vitest';

import { listenPlain } from '../support/sockets.ts';
import { MIB, sleep, soakGiB, tell } from './figures.ts';
import { RelayProcess } from './relayProcess.ts';

const host = '127.0.0.1';
const chunkBytes = 1 << 18;
const GIB = 2 ** 30;
const stallMs = 2_000;
const sampleMs = 250;

/** Pieces of noise that repeat nowhere near: a window that moves by an odd step. */
function noise(): () => Buffer {
  const pool = randomBytes(chunkBytes * 64);
  let at = 0;
  return () => {
    at = (at + 1_234_577) % (pool.length - chunkBytes);
    return pool.subarray(at, at + chunkBytes);
  };
}

/** Writes so many bytes and ends. */
function pour(socket: net.Socket, totalBytes: number, hash: Hash): void {
  const next = noise();
  let left = totalBytes;
  const write = () => {
    while (left > 0) {
      const chunk = next();
      left -= chunk.length;
      hash.update(chunk);
      if (!socket.write(chunk)) return;
    }
    socket.end();
  };
  socket.on('drain', write);
  write();
}

/** Reads to the end, with a stall after every GiB. */
async function drink(socket: net.Socket, hash: Hash): Promise<number> {
  let bytes = 0;
  let stalls = 0;
  socket.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes < (stalls + 1) * GIB) return;
    stalls += 1;
    socket.pause();
    void sleep(stallMs).then(() => socket.resume());
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return bytes;
}

it(`carries ${soakGiB} GiB to a sink that stalls after every GiB, whole and in flat memory`, async () => {
  const [sent, got] = [createHash('sha256'), createHash('sha256')];
  const source = await listenPlain((socket) => pour(socket, soakGiB * GIB, sent));
  const relay = await RelayProcess.start('--listen', `tcp://${host}:0`, '--to', `tcp://${host}:${source.port}`);
  const resident: number[] = [];
  let mostHeldBytes = 0;
  const watch = setInterval(() => {
    resident.push(relay.residentMiB);
    mostHeldBytes = Math.max(mostHeldBytes, relay.stats?.heldBytes ?? 0);
  }, sampleMs);
  try {
    const startedMs = performance.now();
    const bytes = await drink(net.connect({ host, port: relay.port }), got);
    const movingMs = performance.now() - startedMs - soakGiB * stallMs;
    const quarter = Math.floor(resident.length / 4);
    const most = (part: number) => Math.max(...resident.slice(part * quarter, (part + 1) * quarter));
    const grownMiB = most(3) - most(1);
    const residentMiB = Math.max(...resident);
    const rate = { 'GiB/s beside the stalls': (soakGiB * 1000) / movingMs };
    tell('soak', { ...rate, 'held MiB': mostHeldBytes / MIB, 'resident MiB': residentMiB, 'grown MiB': grownMiB });
    expect(bytes).toBe(soakGiB * GIB);
    expect(got.digest('hex')).toBe(sent.digest('hex'));
    expect(mostHeldBytes).toBeLessThanOrEqual(MIB + (64 << 10));
    expect(residentMiB).toBeLessThanOrEqual(192);
    expect(grownMiB).toBeLessThanOrEqual(8);
  } finally {
    clearInterval(watch);
    await relay.end();
    source.close();
  }
});
