import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { isInstalled } from '../../bench/processes.mjs';

const root = join(import.meta.dirname, '../../..');
const STALL_MS = 60_000;
const SHOWN_LINES = 30;

/** A live migration of a real guest whose destination stalls for a minute: the peer test, in its long form. */
export const migration = {
  name: 'live migration',
  missing: () => (isInstalled('qemu-system-x86_64') ? undefined : 'qemu-system-x86_64 is not installed'),

  async run(report) {
    const { code, output } = await test('test/peers/migration.test.ts', {
      SLUICE_MIGRATION_STALL_MS: String(STALL_MS),
    });
    if (code !== 0) report.note(output.trim().split('\n').slice(-SHOWN_LINES).join('\n'));
    report.holds('bounded through a stall of a minute, then a running guest with its memory whole', code === 0);
  },
};

function test(file, more) {
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
