// `node test/bench/start.mjs [--rounds N] [--idle-ms N] [--json]`: how long Sluice takes from its start to a window that
// can be used, and how much memory it has when idle with 500 guests shown, beside an Electron app with one word in its
// page: the same program, the same switches, taking turns. A later start can be used with the guests of last time in the
// tree; when what the server says now stands in their place is printed too. Exit code 1 where a bar breaks. Linux, as root: the apps run as
// a user of their own with their sandbox on, and only root may read how much memory a sandboxed process has.
// On a quiet machine: a busy one makes times a matter of processor seconds, and another Electron that shares libraries
// with both makes both look smaller.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startLab } from '../../electron/lab/lab.ts';
import { sharedTools } from '../../build/electronRuntime.mjs';
import { emptyDir, launch, makeEmptyApp, sluiceDir } from './startApps.mjs';
import { keepSignedIn } from './startSignIn.mjs';
import { median } from './table.mjs';

const root = join(import.meta.dirname, '../..');
const GUESTS = 500;
const MOST_START = 1.3;
const MOST_MEMORY = 1.25;
const LOOK_AFTER_MS = 1500;
const user = 'sluice-test';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'idle-ms': { type: 'string', default: '15000' },
    verbose: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    inside: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const idleMs = Number(values['idle-ms']);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Packages the app, and begins again with a display and a network of its own. */
function beginInside() {
  const isolated = join(sharedTools, 'isolated');
  if (process.platform !== 'linux' || process.getuid() !== 0 || !existsSync(isolated)) {
    console.log('skipped  this needs Linux, root and ../shared/tools');
    return 0;
  }
  const made = spawnSync(process.execPath, [join(root, 'build/package.mjs'), '--linux', '--dir', '--quick'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  if (spawnSync('id', [user]).status !== 0) execFileSync('useradd', ['--system', '--create-home', user]);
  const args = [process.execPath, ...process.argv.slice(1), '--inside'];
  return spawnSync(isolated, args, { stdio: 'inherit' }).status;
}

const dataDirs = [];
process.on('exit', () => {
  for (const dir of dataDirs) rmSync(dir, { recursive: true, force: true });
});

function makeDataDir() {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  dataDirs.push(dir);
  execFileSync('chown', [user, dir]);
  return dir;
}

/** One start in `dataDir`, ended again: when it could be used and, where it is to idle, how much it had then. */
async function measure(dir, dataDir, { idle = 0, check, mark } = {}) {
  const app = launch(dir, dataDir, { user });
  try {
    const usableMs = await app.paintedMs('usable', LOOK_AFTER_MS);
    const cpuSeconds = app.cpuSeconds;
    const liveMs = mark && (await app.paintedMs(mark, 0));
    await sleep(idle);
    const figures = { usableMs, liveMs, cpuSeconds, processes: app.processes, pssMiB: app.pssKiB / 1024 };
    await check?.(app);
    return figures;
  } finally {
    await app.end();
  }
}

async function showsAllGuests(app) {
  const text = await app.evaluate(`document.querySelector('[role="group"][aria-label="Show"]')?.textContent`);
  if (!text?.startsWith(`All ${GUESTS}`)) throw new Error(`The inventory did not stand: ${text}`);
}

/** Both apps in turn, in folders that they know from the start before, or in new ones. */
async function compare(what, { dirs, idle, check, mark }) {
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    const [ours, empty] = dirs ?? [makeDataDir(), makeDataDir()];
    const sluice = await measure(sluiceDir, ours, { idle, check, mark });
    pairs.push({ sluice, empty: await measure(emptyDir, empty, { idle }) });
    if (values.verbose) console.error(what, JSON.stringify(pairs.at(-1)));
  }
  const middle = (field) => ({
    sluice: median(pairs.map(({ sluice }) => sluice[field])),
    empty: median(pairs.map(({ empty }) => empty[field])),
    ratio: median(pairs.map(({ sluice, empty }) => sluice[field] / empty[field])),
    of: pairs.map(({ sluice, empty }) => Number((sluice[field] / empty[field]).toFixed(2))),
  });
  const liveMs = mark && median(pairs.map(({ sluice }) => sluice.liveMs));
  return { what, liveMs, start: middle('usableMs'), cpu: middle('cpuSeconds'), memory: middle('pssMiB'), pairs };
}

/** Seconds of the processor are no bar, but tell on a busy machine what times do not. */
function print({ what, liveMs, start, cpu, memory }, hasMemory) {
  const line = (name, { sluice, empty, ratio, of }, digits, unit, bar) => {
    const verdict = bar === undefined ? '      ' : ratio <= bar ? 'held  ' : 'MISSED';
    const figures = `${sluice.toFixed(digits)} ${unit} to ${empty.toFixed(digits)} ${unit}`;
    console.log(`${verdict}  ${what}, ${name}: ${ratio.toFixed(2)} (${figures}; rounds ${of.join(' ')})`);
    return bar === undefined || ratio <= bar;
  };
  line('processor', cpu, 2, 's');
  if (liveMs !== undefined) console.log(`        ${what}, what the server says now: ${liveMs.toFixed(0)} ms`);
  return [
    line('usable window', start, 0, 'ms', MOST_START),
    !hasMemory || line('idle memory', memory, 0, 'MiB', MOST_MEMORY),
  ].every(Boolean);
}

async function runInside() {
  await makeEmptyApp();
  const lab = await startLab({ guests: GUESTS, life: false });
  try {
    const dirs = [makeDataDir(), makeDataDir()];
    await keepSignedIn(launch(sluiceDir, dirs[0], { user }), lab);
    await measure(sluiceDir, dirs[0]);
    await measure(emptyDir, dirs[1]);
    const first = await compare('first start', {});
    const later = await compare(`start with ${GUESTS} guests`, {
      dirs,
      idle: idleMs,
      check: showsAllGuests,
      mark: 'nodes',
    });
    if (values.json) console.log(JSON.stringify({ load: loadavg()[0], first, later }, undefined, 2));
    else console.log(`load ${loadavg()[0].toFixed(1)}, ${rounds} rounds`);
    return [print(first, false), print(later, true)].every(Boolean) ? 0 : 1;
  } finally {
    await lab.close();
  }
}

process.exitCode = values.inside ? await runInside() : beginInside();
