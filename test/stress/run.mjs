// `npm run stress`: what only shows after minutes. `--help` has the options. Linux.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { closes } from './checks/closes.mjs';
import { killedApps } from './checks/killedApps.mjs';
import { killedTransfers } from './checks/killedTransfers.mjs';
import { migration, quietConsoles, watchedMigration } from './checks/longTests.mjs';
import { restore } from './checks/restore.mjs';
import { silence } from './checks/silence.mjs';
import { soak } from './checks/soak.mjs';
import { stalledReader } from './checks/stalledReader.mjs';
import { thousand } from './checks/thousand.mjs';
import { Report } from './report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const help = `Usage: npm run stress -- [options]

  What only shows after minutes, against the built command: some 50 minutes, most of them
  for the kills of page and program. A line for each figure with its bar, then
  'N held, N broken, N skipped'; ends with 1 where a bar broke.

  --minutes N  how long connections live (10)
  --gib N      the size of the soak (20)
  --image-gib N  the size of the image to restore (4)
  --only TEXT  checks whose name holds that
  --cli FILE   the built command (dist/cli.mjs)
  --out FILE   where the figures are written as JSON (test-results/stress.json)
  --help       show this
`;

const options = {
  minutes: { type: 'string', default: '10' },
  gib: { type: 'string', default: '20' },
  'image-gib': { type: 'string', default: '4' },
  only: { type: 'string', default: '' },
  cli: { type: 'string', default: join(root, 'dist/cli.mjs') },
  out: { type: 'string', default: join(root, 'test-results/stress.json') },
  help: { type: 'boolean', short: 'h', default: false },
};

function fail(message) {
  console.error(`${message} See 'npm run stress -- --help'.`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    const [first] = error.message.split(/\.\s/, 1);
    return fail(`${first.replace(/\.$/, '')}.`);
  }
}

function positive(name, text) {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  return fail(`'${name}' takes a number above 0, not '${text}'.`);
}

const values = readOptions();
if (values.help) {
  console.log(help);
  process.exit(0);
}
const settings = {
  minutes: positive('--minutes', values.minutes),
  gib: positive('--gib', values.gib),
  imageGib: positive('--image-gib', values['image-gib']),
  cli: values.cli,
};

if (!existsSync(values.cli)) {
  console.error(`There is no ${values.cli}. Run 'npm run build' first.`);
  process.exit(2);
}

const report = new Report();

/** One check; what it throws is a broken bar. */
async function run(check) {
  if (!check.name.includes(values.only)) return;
  const reason = check.missing?.();
  if (reason) return report.skip(check.name, reason);
  try {
    await check.run(report.of(check.name), settings);
  } catch (error) {
    report.breaks(check.name, error instanceof Error ? error.message : String(error));
  }
}

const startedMs = performance.now();
// Long and idle ones run beside those that need the machine, which come one after the other.
const [idleOnes, busyOnes] = [
  [...silence, quietConsoles, stalledReader],
  [thousand, closes, soak, restore, migration, watchedMigration, killedTransfers, ...killedApps],
];
const all = [...idleOnes, ...busyOnes].map(({ name }) => name);
if (!all.some((name) => name.includes(values.only))) {
  fail(`'--only ${values.only}' is in none of: ${all.join(', ')}.`);
}
const idle = Promise.all(idleOnes.map(run));
for (const check of busyOnes) await run(check);
await idle;

mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(report.toJson(), undefined, 2)}\n`);
const { held, broken, skipped } = report;
console.log(`after ${Math.round((performance.now() - startedMs) / 1000)} s`);
console.log(`${held} held, ${broken} broken, ${skipped} skipped`);
process.exit(broken > 0 ? 1 : 0);
