// `npm run check`: types, format and lint, import rules and unit tests, in under a minute. `-- NAME ...` runs only those.
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
const steps = [
  { name: 'unit tests', script: commandScript('vitest'), args: ['run', '--project', 'unit', '--reporter=dot'] },
  { name: 'oxlint', script: commandScript('oxlint'), args: ['--type-aware', '--deny-warnings'] },
  ...types,
  { name: 'biome', script: commandScript('@biomejs/biome', 'biome'), args: ['check', '.', '--max-diagnostics=50'] },
  { name: 'import rules', script: join(root, 'build/importRules.mjs'), args: [] },
];

function chosen(names) {
  const picked = names.length === 0 ? steps : steps.filter((step) => names.some((name) => step.name.includes(name)));
  if (picked.length > 0) return picked;
  console.error(`No step is called ${names.join(', ')}. There are: ${steps.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}

async function runAll(queue) {
  const results = [];
  const worker = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) {
      const result = await runTool(step.script, step.args, { env: { ...process.env, NO_COLOR: '1' } });
      results.push({ ...step, ...result });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}

const order = steps.map((step) => step.name);
const startedMs = performance.now();
const results = await runAll([...chosen(process.argv.slice(2))]);
results.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));

const failed = results.filter((result) => result.code !== 0);
for (const { name, output } of failed) console.log(`--- ${name}\n${output.trimEnd()}\n`);
for (const { name, code, tookMs } of results) {
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(22)} ${(tookMs / 1000).toFixed(1).padStart(6)} s`);
}
console.log(
  `${failed.length === 0 ? 'ok' : `${failed.length} failed`}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
