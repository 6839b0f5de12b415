// `npm run bench`: Sluice's relay beside what people use today, all in one run. `--help` has the options.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { idle, pingPong, stalled, throughput } from './measure.mjs';
import { help, readOptions } from './options.mjs';
import { endAll, start } from './processes.mjs';
import { rivals } from './rivals.mjs';
import { printTable, summarize } from './table.mjs';
import { judge, printVerdicts } from './verdict.mjs';

const MOST_LOAD = 0.4; // of the cores: from there on the ends of the benchmark wait for each other

function fail(message) {
  console.error(message);
  process.exit(2);
}

function options() {
  const names = rivals.map(({ name }) => name);
  try {
    return readOptions(process.argv.slice(2), names);
  } catch (error) {
    return fail(`${error.message} See 'npm run bench -- --help'.`);
  }
}

function compile(folder) {
  const path = join(folder, 'endpoint');
  try {
    const source = join(import.meta.dirname, 'endpoint.c');
    execFileSync('gcc', ['-O2', '-o', path, source, '-lssl', '-lcrypto'], { stdio: 'inherit' });
  } catch {
    fail('The ends of the benchmark could not be compiled. Install gcc and libssl-dev.');
  }
  return path;
}

function makeCertificate(folder) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' });
  const shown = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256']).toString();
  return { key, cert, fingerprint: shown.split('=')[1].trim() };
}

async function prepare(folder, cli) {
  const endpoint = compile(folder);
  const { key, cert, fingerprint } = makeCertificate(folder);
  const serve = async (...args) => Number(await start(endpoint, ['serve', ...args]).firstLine);
  const [target, tlsTarget] = [await serve(), await serve(cert, key)];
  return { endpoint, target, tlsTarget, folder, cli, node: process.execPath, cert, fingerprint };
}

async function measureThroughput(chosen, results, context, { rounds, ms }) {
  const running = [];
  for (const rival of chosen) running.push({ name: rival.name, at: await rival.start(context) });
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, at } of running) {
      const { down, up } = results.get(name);
      down.push(await throughput(context, at, 'd', ms));
      up.push(await throughput(context, at, 'u', ms));
    }
    if (process.stderr.isTTY) process.stderr.write(`round ${round + 1} of ${rounds}\r`);
  }
  for (const { at } of running) await at.end();
}

async function measureRest(chosen, results, context, { rounds }) {
  for (let round = 0; round < rounds; round += 1) {
    for (const rival of chosen) results.get(rival.name).ping.push(await pingPong(context, rival));
  }
  for (const rival of chosen) {
    const result = results.get(rival.name);
    if (rival.group !== 'tls') result.idleKiB = await idle(context, rival);
    result.stalled = await stalled(context, rival);
  }
}

const values = options();
if (values.help) {
  console.log(help);
  process.exit(0);
}
if (!existsSync(values.cli)) fail(`There is no ${values.cli}. Run 'npm run build' first.`);

const cores = availableParallelism();
const [load] = loadavg(); // of the minute before
const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const context = await prepare(folder, values.cli);
const chosen = rivals.filter(({ name }) => values.chosen.includes(name));
const results = new Map(chosen.map(({ name, group }) => [name, { group, down: [], up: [], ping: [] }]));
await measureThroughput(chosen, results, context, values);
if (!values.quick) await measureRest(chosen, results, context, values);

const [rows, verdicts] = [summarize(results), judge(results)];
const json = JSON.stringify(
  { node: process.version, cores, loadBefore: load, rounds: values.rounds, ms: values.ms, rows, verdicts },
  undefined,
  2,
);
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${json}\n`);
if (values.json) {
  console.log(json);
} else {
  printTable(rows);
  printVerdicts(verdicts);
  if (load > cores * MOST_LOAD) {
    console.log(`The machine was busy before (load ${load.toFixed(1)} on ${cores} cores): times say little.`);
  }
}
endAll();
process.exit(0);
