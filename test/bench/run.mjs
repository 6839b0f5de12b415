// `npm run bench`: Sluice's relay beside what people use today, all in one run. Linux, gcc and OpenSSL's headers.
//   --rounds N (5)  --ms N (1000)  --only TEXT  --out FILE (test-results/bench.json)  --quick
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { cpuSeconds, endAll, memoryKiB, run, sleep, start } from './processes.mjs';
import { rivals } from './rivals.mjs';
import { printTable, summarize } from './table.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const options = {
  rounds: { type: 'string', default: '5' },
  ms: { type: 'string', default: '1000' },
  only: { type: 'string' },
  out: { type: 'string', default: join(root, 'test-results/bench.json') },
  cli: { type: 'string', default: join(root, 'dist/cli.mjs') },
  quick: { type: 'boolean', default: false },
};
const { values } = parseArgs({ options });
const rounds = Number(values.rounds);
const ms = Number(values.ms);
const FRAME_BYTES = 65_536; // of what a WebSocket client sends: a browser's usual size
const PINGS = 3000;
const IDLE = { all: 1000, processEach: 100 }; // socat and websockify start a process for each

if (!existsSync(values.cli)) fail(`There is no ${values.cli}. Run 'npm run build' first.`);
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const endpoint = compile();

function fail(message) {
  console.error(message);
  process.exit(2);
}

function compile() {
  const path = join(folder, 'endpoint');
  try {
    execFileSync('gcc', ['-O2', '-o', path, join(here, 'endpoint.c'), '-lssl', '-lcrypto'], { stdio: 'inherit' });
  } catch {
    fail('The ends of the benchmark could not be compiled. Install gcc and libssl-dev.');
  }
  return path;
}

function makeCertificate() {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const shown = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256']).toString();
  return { key, cert, fingerprint: shown.split('=')[1].trim() };
}

async function serve(...args) {
  const server = start(endpoint, ['serve', ...args]);
  return Number(await server.firstLine);
}

async function work(running, letter, n, more = {}) {
  const args = [
    'run',
    running.proto,
    letter,
    String(running.port),
    running.path ?? '/',
    String(n),
    String(FRAME_BYTES),
  ];
  return (await run(endpoint, args, more)).split(' ').map(Number);
}

async function throughput(running, letter) {
  const cpuBefore = running.pid ? cpuSeconds(running.pid) : 0;
  const [bytes, us] = await work(running, letter, ms);
  await sleep(80); // a child's time is counted when it ended
  const cpu = running.pid ? cpuSeconds(running.pid) - cpuBefore : 0;
  const rate = bytes / us / 1000; // GB a second
  // The warm-up of 0.3 s moved bytes, too, at about the same rate.
  return { rate, cpu: cpu / (rate * ((ms + 300) / 1000)) };
}

async function pingPong(rival, context) {
  const pinned = await rival.start(context);
  if (pinned.pid) execFileSync('taskset', ['-acp', '0', String(pinned.pid)], { stdio: 'ignore' });
  const [p50, p99] = await work(pinned, 'p', PINGS, { pinnedTo: 0 });
  await pinned.end();
  return { p50, p99 };
}

async function idle(rival, context) {
  const fresh = await rival.start(context);
  if (!fresh.pid) return undefined;
  const isHeavy = rival.name === 'socat' || rival.name === 'websockify';
  const count = isHeavy ? IDLE.processEach : IDLE.all;
  await work(fresh, 'p', 50); // what the first connection loads is no cost of the others
  await sleep(1500);
  const before = memoryKiB(fresh.pid);
  const args = ['run', fresh.proto, 'i', String(fresh.port), fresh.path ?? '/', String(count), '0'];
  const clients = start(endpoint, args);
  await clients.firstLine;
  await sleep(1500);
  const each = (memoryKiB(fresh.pid) - before) / count;
  await clients.end();
  await fresh.end();
  return each;
}

async function stalled(rival, context) {
  const fresh = await rival.start(context);
  if (!fresh.pid) return undefined;
  await work(fresh, 'p', 200);
  await sleep(500);
  const before = memoryKiB(fresh.pid);
  const counter = { proto: context.isTls ? 'tls' : 'tcp', port: context.isTls ? context.tlsTarget : context.target };
  const [takenBefore] = await work(counter, '?', 0);
  const stalling = work(fresh, 's', 4000);
  await sleep(3500);
  const grownKiB = memoryKiB(fresh.pid) - before;
  const [taken] = await work(counter, '?', 0);
  await stalling;
  await fresh.end();
  return { takenMiB: (taken - takenBefore) / 2 ** 20, grownMiB: grownKiB / 1024 };
}

const certificate = makeCertificate();
const context = {
  target: await serve(),
  tlsTarget: await serve(certificate.cert, certificate.key),
  folder,
  cli: values.cli,
  node: process.execPath,
  cert: certificate.cert,
  fingerprint: certificate.fingerprint,
};
const chosen = rivals.filter(
  (rival) => rival.name === 'direct' || !values.only || new RegExp(values.only).test(rival.name),
);
const results = new Map(chosen.map((rival) => [rival.name, { group: rival.group, down: [], up: [], ping: [] }]));

const running = [];
for (const rival of chosen) running.push({ rival, at: await rival.start(context) });
for (let round = 0; round < rounds; round += 1) {
  for (const { rival, at } of running) {
    const result = results.get(rival.name);
    result.down.push(await throughput(at, 'd'));
    result.up.push(await throughput(at, 'u'));
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\r`);
}
for (const { at } of running) await at.end();
if (!values.quick) {
  for (let round = 0; round < rounds; round += 1) {
    for (const rival of chosen) results.get(rival.name).ping.push(await pingPong(rival, context));
  }
  for (const rival of chosen) {
    const where = { ...context, isTls: rival.group === 'tls' };
    const result = results.get(rival.name);
    if (rival.group !== 'tls') result.idleKiB = await idle(rival, where);
    result.stalled = await stalled(rival, where);
  }
}

const rows = summarize(results);
printTable(rows);
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify({ node: process.version, rounds, ms, rows }, undefined, 2)}\n`);
endAll();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
