// The page, and the whole program, killed with -9 at random moments, 50 times each: in Chromium, and in Electron.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findElectronRuntime } from '../../../build/electronRuntime.mjs';
import { commandScript, root } from '../../../build/paths.mjs';
import { isInstalled } from '../../bench/processes.mjs';
import { runSuite } from '../../runner/runSuite.mjs';

const RUNS = 50;
const MOST_MS = 60 * 60_000; // some 20 minutes on an idle machine
const SHOWN_LINES = 30;

function killed(project, { missing, env = () => ({}), wrap = (...all) => all }) {
  return {
    name: `page and program killed, ${project}`,
    missing,

    async run(report) {
      const script = commandScript('@playwright/test', 'playwright');
      const config = '--config=test/e2e/playwright.config.ts';
      const [command, args] = wrap(process.execPath, [script, 'test', config, `--project=${project}`, 'killed.spec']);
      const folder = join(root, 'test-results');
      mkdirSync(folder, { recursive: true });
      const logPath = join(folder, `killed-${project}.log`);
      const output = join(folder, `killed-${project}`);
      const all = { SLUICE_KILLS: String(RUNS), SLUICE_E2E_OUTPUT: output, ...env() };
      const { code } = await runSuite(command, args, { logPath, timeoutMs: MOST_MS, env: all });
      const lines = readFileSync(logPath, 'utf8').trim().split('\n');
      for (const line of lines) if (/SEED=|killed while|went on/.test(line)) report.note(line.trim());
      if (code !== 0) report.note(lines.slice(-SHOWN_LINES).join('\n'));
      report.holds(`${RUNS} kills of each: nothing claimed that is not so, every task found again`, code === 0);
    },
  };
}

export const killedApps = [
  killed('chromium', {}),
  killed('electron', {
    missing: () => (isInstalled('xvfb-run') ? findElectronRuntime().reason : 'xvfb-run is not installed'),
    env: () => ({ ELECTRON_OVERRIDE_DIST_PATH: findElectronRuntime().folder }),
    // A display that lives on when its last window is gone, as it is again and again here.
    wrap: (...all) => ['xvfb-run', ['-a', '-s', '-noreset -nolisten tcp -screen 0 1440x900x24', all[0], ...all[1]]],
  }),
];
