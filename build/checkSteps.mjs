import { join } from 'node:path';

import { commandScript, root } from './paths.mjs';
import { runTool } from './runTool.mjs';

const PARALLEL = 2; // cores of the smallest machine it is promised for

const tsc = commandScript('typescript', 'tsc');
const types = ['shared', 'electron', 'electron/preload', 'renderer', 'test'].map((folder) => ({
  name: `types ${folder}`,
  script: tsc,
  args: ['-p', folder, '--pretty', 'false'],
}));

/** Long ones first, so that the last to end is short. */
export const checkSteps = [
  { name: 'unit tests', script: commandScript('vitest'), args: ['run', '--project', 'unit', '--reporter=dot'] },
  { name: 'oxlint', script: commandScript('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  ...types,
  { name: 'biome', script: commandScript('@biomejs/biome', 'biome'), args: ['check', '.', '--max-diagnostics=50'] },
  { name: 'import rules', script: join(root, 'build/importRules.mjs'), args: [] },
];

/** Runs steps, a few at a time, to their end. Results come in the order of the list. */
export async function runChecks(steps) {
  const queue = [...steps];
  const results = new Map();
  const worker = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) {
      results.set(step, await runTool(step.script, step.args, { env: { ...process.env, NO_COLOR: '1' } }));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return steps.map((step) => ({ ...step, ...results.get(step) }));
}
