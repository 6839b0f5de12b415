// `npm run check`: types, format and lint, import rules and unit tests, in under a minute. `-- NAME ...` runs only those.
import { checkSteps, runChecks } from './checkSteps.mjs';

const MOST_LINES = 40; // of each step that failed

function chosen(names) {
  const picked =
    names.length === 0 ? checkSteps : checkSteps.filter((step) => names.some((name) => step.name.includes(name)));
  if (picked.length > 0) return picked;
  console.error(`No step is called ${names.join(', ')}. There are: ${checkSteps.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}

/** The table must stay in sight: of many lines the first few, and how to see all. */
function shorten(output, isWhole) {
  const lines = output.trimEnd().split('\n');
  if (isWhole || lines.length <= MOST_LINES) return lines.join('\n');
  const more = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), `… ${more} more lines: run this step alone with npm run check -- NAME`].join(
    '\n',
  );
}

const startedMs = performance.now();
const results = await runChecks(chosen(process.argv.slice(2)));
const failed = results.filter((result) => result.code !== 0);
for (const { name, output } of failed) console.log(`--- ${name}\n${shorten(output, results.length === 1)}\n`);
for (const { name, code, tookMs } of results) {
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(22)} ${(tookMs / 1000).toFixed(1).padStart(6)} s`);
}
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
console.log(`${failed.length === 0 ? 'ok' : `${failed.length} failed`}, ${seconds} s`);
process.exitCode = failed.length > 0 ? 1 : 0;
