// Peer tests in their long form.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { isInstalled } from '../../bench/processes.mjs';

const root = join(import.meta.dirname, '../../..');
const STALL_MS = 60_000;
const MINUTE_MS = 60_000;
const SHOWN_LINES = 30;

/** A live migration of a real guest, whose destination stalls for a minute. */
export const migration = {
  name: 'live migration',
  missing: () => missing('qemu-system-x86_64'),

  async run(report) {
    const what = 'bounded through a stall of a minute, then a running guest with its memory whole';
    await test(report, what, 'test/peers/migration.test.ts', { SLUICE_MIGRATION_STALL_MS: STALL_MS });
  },
};

/** The same in the monitor: QEMU's own numbers beside ours, stalled for a minute, then finished. */
export const watchedMigration = {
  name: 'live migration in the monitor',
  missing: () => missing('qemu-system-x86_64'),

  async run(report) {
    const what = "QEMU's own numbers, stalled for a minute and told so, then finished";
    await test(report, what, 'test/peers/migrationMonitor.test.ts', { SLUICE_MIGRATION_STALL_MS: STALL_MS });
  },
};

/** What a person keeps open, behind a proxy that ends what is silent. */
export const quietConsoles = {
  name: 'silence of consoles, links and backup readers',
  missing: () => missing('haproxy') && missing('/usr/sbin/haproxy'),

  async run(report, { minutes }) {
    const what = `alive after ${minutes} minutes behind HAProxy with 5 s limits, mode http and tcp`;
    await test(report, what, 'test/peers/silence.test.ts', { SLUICE_SILENCE_MS: minutes * MINUTE_MS });
  },
};

const missing = (program) => (isInstalled(program) ? undefined : `${program} is not installed`);

async function test(report, what, file, more) {
  const { code, output } = await runTest(file, more);
  if (code !== 0) report.note(output.trim().split('\n').slice(-SHOWN_LINES).join('\n'));
  report.holds(what, code === 0);
}

function runTest(file, more) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const env = { ...process.env, ...more, NO_COLOR: '1' };
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'peers', file], { cwd: root, env });
  const killNow = () => child.kill('SIGTERM');
  process.once('exit', killNow);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code) => {
      process.off('exit', killNow);
      resolve({ code, output });
    });
  });
}
