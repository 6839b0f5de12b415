// `node test/bench/upload.mjs [--mib N] [--rounds N] [--cli FILE]`: uploads a file to the lab with curl and with `sluice
// upload`, in turn, and prints throughput, CPU and the most memory of each. Exit code 1 where a bar breaks: 0.9 of curl's
// throughput and 200 MiB. Build first. curl's own time begins with its checksum, as ours does.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '8192' },
    rounds: { type: 'string', default: '1' },
    cli: { type: 'string', default: join(root, 'dist/cli.mjs') },
  },
});
const MOST_MIB = 200;
const LEAST_RATIO = 0.9;
const mib = Number(values.mib);

if (!existsSync(values.cli)) {
  console.error(`There is no ${values.cli}. Run 'npm run build' first.`);
  process.exit(2);
}
try {
  execFileSync('curl', ['--version'], { stdio: 'ignore' });
} catch {
  console.log('skipped  there is no curl');
  process.exit(0);
}

const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const lab = await startLab();
try {
  const file = makeFile(join(dir, 'image.iso'));
  writeFileSync(join(dir, 'token'), lab.apiToken.replace('PVEAPIToken=', ''), { mode: 0o600 });
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const theirs = await byCurl(file);
    const ours = await bySluice(file);
    line('curl', theirs);
    line('sluice', ours);
    rounds.push({
      sending: theirs.sendSeconds / ours.sendSeconds,
      whole: theirs.seconds / ours.seconds,
      peakMib: ours.peakMib,
    });
  }
  const ratio = median(rounds.map(({ sending }) => sending));
  const whole = median(rounds.map((round) => round.whole));
  const mostMib = Math.max(...rounds.map(({ peakMib }) => peakMib));
  console.log(
    `throughput while sending: ${ratio.toFixed(2)} of curl's, the median of the rounds (at least ${LEAST_RATIO})`,
  );
  console.log(`from the command to its end, checksum and verification included: ${whole.toFixed(2)} of curl's`);
  console.log(`memory: ${mostMib.toFixed(0)} MiB at most (at most ${MOST_MIB})`);
  process.exitCode = ratio >= LEAST_RATIO && mostMib <= MOST_MIB ? 0 : 1;
} finally {
  lab.stop();
  rmSync(dir, { recursive: true, force: true });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function line(name, { seconds, sendSeconds, cpuSeconds, peakMib }) {
  const rate = (mib / sendSeconds).toFixed(0);
  console.log(
    `${name.padEnd(7)} ${rate} MiB/s sending, ${seconds.toFixed(1)} s in all, CPU ${cpuSeconds.toFixed(1)} s, ${peakMib.toFixed(0)} MiB`,
  );
}

async function startLab() {
  const child = spawn(process.execPath, [join(root, 'test/support/labProcess.ts'), '{"taskPace":1000}'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const text of createInterface({ input: child.stdout })) {
    return { ...JSON.parse(text), stop: () => child.stdin.end() };
  }
  throw new Error('The lab did not start.');
}

function makeFile(path) {
  const piece = randomBytes(16 << 20);
  const file = openSync(path, 'w');
  for (let written = 0; written < mib; written += 16) {
    piece.writeUInt32LE(written, 0);
    writeSync(file, piece, 0, Math.min(16, mib - written) << 20);
  }
  return path;
}

/** Runs a program, and watches its memory and CPU where the system tells. */
function measured(command, args, { onLine } = {}) {
  const startedMs = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let peakMib = 0;
  let cpuSeconds = 0;
  const look = setInterval(() => {
    try {
      peakMib =
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? peakMib * 1024) / 1024;
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It has ended.
    }
  }, 50);
  createInterface({ input: child.stdout }).on('line', (text) => onLine?.(text));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      clearInterval(look);
      if (code !== 0) return reject(new Error(`${command} ended with ${code}`));
      resolve({ seconds: (performance.now() - startedMs) / 1000, cpuSeconds, peakMib });
    });
  });
}

async function byCurl(file) {
  const startedMs = performance.now();
  const sum = execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
  const url = `${lab.baseUrl}/api2/json/nodes/pve1/storage/local/upload`;
  const form = ['content=iso', 'checksum-algorithm=sha256', `checksum=${sum}`].flatMap((field) => ['-F', field]);
  const auth = ['-H', `Authorization: ${lab.apiToken}`, '-H', 'Expect:'];
  const result = await measured('curl', ['-skf', ...auth, ...form, '-F', `filename=@${file};filename=image.iso`, url]);
  return { ...result, sendSeconds: result.seconds, seconds: (performance.now() - startedMs) / 1000 };
}

async function bySluice(file) {
  let startedMs = 0;
  let endedMs = 0;
  const onLine = (text) => {
    const { status } = JSON.parse(text);
    if (status === 'running') startedMs ||= performance.now();
    if (status === 'verifying' || status === 'done') endedMs ||= performance.now();
  };
  const server = ['--url', lab.baseUrl, '--fingerprint', lab.fingerprint, '--token-file', join(dir, 'token')];
  const args = [values.cli, 'upload', file, 'local', '--node', 'pve1', '--replace', '--json', ...server];
  const result = await measured(process.execPath, args, { onLine });
  return { ...result, sendSeconds: (endedMs - startedMs) / 1000 };
}
