// `npm run stress`: what only shows after minutes, against the built `sluice relay`. Some 12 minutes; a line for each
// figure with its bar, then `N held, N broken, N skipped`, and 1 where a bar broke. Linux.
//   --minutes N (10: how long connections live)  --gib N (20: the soak)  --only TEXT  --cli FILE  --out FILE
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { closes } from './checks/closes.mjs';
import { migration } from './checks/migration.mjs';
import { silence } from './checks/silence.mjs';
import { soak } from './checks/soak.mjs';
import { stalledReader } from './checks/stalledReader.mjs';
import { thousand } from './checks/thousand.mjs';
import { Report } from './report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const options = {
  minutes: { type: 'string', default: '10' },
  gib: { type: 'string', default: '20' },
  only: { type: 'string', default: '' },
  cli: { type: 'string', default: join(root, 'dist/cli.mjs') },
  out: { type: 'string', default: join(root, 'test-results/stress.json') },
};
const { values } = parseArgs({ options });
const settings = { minutes: Number(values.minutes), gib: Number(values.gib), cli: values.cli };

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
const idle = Promise.all([...silence, stalledReader].map(run));
for (const check of [thousand, closes, soak, migration]) await run(check);
await idle;

mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(report.toJson(), undefined, 2)}\n`);
const { held, broken, skipped } = report;
console.log(`after ${Math.round((performance.now() - startedMs) / 1000)} s`);
console.log(`${held} held, ${broken} broken, ${skipped} skipped`);
process.exit(broken > 0 ? 1 : 0);
