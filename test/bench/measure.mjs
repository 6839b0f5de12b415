// What is measured, and how.
import { execFileSync } from 'node:child_process';

import { cpuSeconds, memoryKiB, run, sleep, start } from './processes.mjs';

const FRAME_BYTES = 65_536; // of what a WebSocket client sends: a browser's usual size
const PINGS = 20_000; // 1.5 s: what a runtime has to compile first is done in a tenth of it
const IDLE = { all: 1000, processEach: 100 }; // socat and websockify start a process for each
const WARM_UP_MS = 300;

function argsOf(at, letter, n, frameBytes) {
  return ['run', at.proto, letter, String(at.port), at.path ?? '/', String(n), String(frameBytes)];
}

async function work({ endpoint }, at, letter, n, more = {}) {
  return (await run(endpoint, argsOf(at, letter, n, FRAME_BYTES), more)).split(' ').map(Number);
}

/** GB a second, and CPU seconds a GB. `letter`: `d` down, `u` up. */
export async function throughput(context, at, letter, ms) {
  const cpuBefore = at.pid ? cpuSeconds(at.pid) : 0;
  const [bytes, us] = await work(context, at, letter, ms);
  await sleep(80); // a child's time is counted when it ended
  const cpu = at.pid ? cpuSeconds(at.pid) - cpuBefore : 0;
  const rate = bytes / us / 1000;
  // The warm-up moved bytes, too, at about the same rate.
  return { rate, cpu: cpu / (rate * ((ms + WARM_UP_MS) / 1000)) };
}

/** 64 bytes forth and back, all on one core: microseconds. */
export async function pingPong(context, rival) {
  const pinned = await rival.start(context);
  if (pinned.pid) execFileSync('taskset', ['-acp', '0', String(pinned.pid)], { stdio: 'ignore' });
  const [p50, p99] = await work(context, pinned, 'p', PINGS, { pinnedTo: 0 });
  await pinned.end();
  return { p50, p99 };
}

/** KiB that an idle connection costs. */
export async function idle(context, rival) {
  const fresh = await rival.start(context);
  if (!fresh.pid) return undefined;
  const isHeavy = rival.name === 'socat' || rival.name === 'websockify';
  const count = isHeavy ? IDLE.processEach : IDLE.all;
  await work(context, fresh, 'p', 50); // what the first connection loads is no cost of the others
  await sleep(1500);
  const before = memoryKiB(fresh.pid);
  const clients = start(context.endpoint, argsOf(fresh, 'i', count, 0));
  await clients.firstLine;
  await sleep(1500);
  const each = (memoryKiB(fresh.pid) - before) / count;
  await clients.end();
  await fresh.end();
  return each;
}

/** What an endless writer gets rid of, and what the process grows by, behind a reader that does not read. */
export async function stalled(context, rival) {
  const fresh = await rival.start(context);
  if (!fresh.pid) return undefined;
  await work(context, fresh, 'p', 200);
  await sleep(500);
  const before = memoryKiB(fresh.pid);
  const isTls = rival.group === 'tls';
  const counter = { proto: isTls ? 'tls' : 'tcp', port: isTls ? context.tlsTarget : context.target };
  const [takenBefore] = await work(context, counter, '?', 0);
  const stalling = work(context, fresh, 's', 4000);
  await sleep(3500);
  const grownKiB = memoryKiB(fresh.pid) - before;
  const [taken] = await work(context, counter, '?', 0);
  await stalling;
  await fresh.end();
  return { takenMiB: (taken - takenBefore) / 2 ** 20, grownMiB: grownKiB / 1024 };
}
