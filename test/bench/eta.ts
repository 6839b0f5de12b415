// `node test/bench/eta.ts [--verbose]`: how far off the ETA was at a quarter, half and three quarters of real live
// migrations, and how often the range held the true end. Reads what `recordMigrations.ts` has recorded.
import { parseArgs } from 'node:util';

import { judgeRecording } from '../support/judgeRecording.ts';
import { readRecordings } from '../support/migrationRecording.ts';

const { values } = parseArgs({ options: { verbose: { type: 'boolean', default: false } } });
const judged = readRecordings().map((recording) => ({
  recording,
  looks: judgeRecording(recording, [0.25, 0.5, 0.75]),
}));
const ended = judged.filter(({ recording }) => recording.outcome === 'completed');

for (const share of [0.25, 0.5, 0.75]) {
  const looks = ended.flatMap(({ looks: all }) => all.filter((look) => look.share === share));
  const given = looks.filter((look) => look.etaSeconds);
  const errors = given
    .map((look) => Math.abs(look.guessS - look.trueS) / Math.max(1, look.trueS))
    .sort((a, b) => a - b);
  const held = given.filter((look) => look.isHeld).length;
  const median = errors[errors.length >> 1] ?? Number.NaN;
  console.log(
    `at ${share * 100} %: ${given.length} of ${looks.length} with an ETA, median error ${(median * 100).toFixed(0)} %, range holds ${held} of ${given.length}`,
  );
}
const all = ended.flatMap(({ recording }) => judgeRecording(recording)).filter((look) => look.etaSeconds);
const held = all.filter((look) => look.isHeld).length;
console.log(`at every second: range holds ${held} of ${all.length} (${((held / all.length) * 100).toFixed(1)} %)`);
for (const { recording, looks } of judged) {
  const kinds = judgeRecording(recording).map((look) => look.kind ?? '-');
  const counts = [...new Set(kinds)].map((kind) => `${kind} ${kinds.filter((one) => one === kind).length}`).join(', ');
  console.log(recording.name.padEnd(12), recording.outcome, `${(recording.endMs / 1000).toFixed(1)} s`, counts);
  if (!values.verbose) continue;
  for (const look of looks) {
    console.log(`   ${look.share}: true ${look.trueS.toFixed(1)} s, told ${look.etaSeconds?.join('-') ?? 'nothing'}`);
  }
}
