import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import { createInterface } from 'node:readline';

import { afterEach, expect, it } from 'vitest';

import { until } from '../support/until.ts';
import { RelayProcess } from './relayProcess.ts';

const host = '127.0.0.1';
const streams = 1000;
const budgetMiB = 64;
const relays: RelayProcess[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const relay of relays.splice(0)) await relay.end();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function relayTo(port: number): Promise<RelayProcess> {
  const relay = await RelayProcess.start('--listen', `tcp://${host}:0`, '--to', `tcp://${host}:${port}`);
  relays.push(relay);
  return relay;
}

/** The ends of the stalled streams, in a process of their own: what they do must not slow down what is measured. */
async function stalledEnds() {
  const child = spawn(process.execPath, [new URL('floodPeer.mjs', import.meta.url).pathname, String(streams)]);
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const connect = async (to: number) => {
    child.stdin.write(`${to}\n`);
    await lines.next();
  };
  return { port, connect };
}

/** Milliseconds from a byte to its echo. */
function pingMs(socket: net.Socket): Promise<number> {
  const sentMs = performance.now();
  return new Promise((resolve) => {
    socket.once('data', () => resolve(performance.now() - sentMs));
    socket.write('e');
  });
}

it('holds a thousand stalled streams in its budget, and a console beside them answers', async () => {
  const ends = await stalledEnds();
  const relay = await relayTo(ends.port);
  await ends.connect(relay.port);
  await until(() => relay.stats?.relays.filter((one) => one.down.paused).length === streams, 'all to stall');
  // The console comes last, when everything is taken: it still gets its minimum.
  const console = net.connect({ host, port: relay.port, noDelay: true });
  let mostHeld = 0;
  let mostResident = 0;
  const pings: number[] = [];
  for (let n = 0; n < 250; n += 1) {
    pings.push(await pingMs(console));
    await sleep(20);
    mostHeld = Math.max(mostHeld, relay.stats?.heldBytes ?? 0);
    mostResident = Math.max(mostResident, relay.residentMiB);
  }
  console.destroy();
  const p99 = pings.sort((a, b) => a - b)[Math.floor(pings.length * 0.99)] ?? Number.NaN;
  const held = `held ${(mostHeld / 2 ** 20).toFixed(1)} MiB, resident ${mostResident.toFixed(0)} MiB`;
  process.stdout.write(`${held}, the console's p99 ${p99.toFixed(1)} ms\n`);
  expect(mostHeld).toBeGreaterThan(budgetMiB << 18);
  expect(mostHeld).toBeLessThanOrEqual(budgetMiB << 20);
  expect(mostResident).toBeLessThanOrEqual(budgetMiB + 128);
  expect(p99).toBeLessThanOrEqual(50);
});
