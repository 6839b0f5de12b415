// `node test/bench/eta.ts [--set SET] [--verbose]`: how far off the ETA was at a quarter, half and three quarters of real
// live migrations, and how often the range held the true end. Those that the forecast was tuned on are counted apart
// from those that were recorded afterwards. Reads what `recordMigrations.ts` has recorded.
import { parseArgs } from 'node:util';

import { type EtaLook, judgeRecording } from '../support/judgeRecording.ts';
import { readRecordings, type Recording } from '../support/migrationRecording.ts';

const { values } = parseArgs({ options: { verbose: { type: 'boolean', default: false }, set: { type: 'string' } } });
const shares = [0.25, 0.5, 0.75];
const percent = (part: number, whole: number) => `${((part / whole) * 100).toFixed(1)} %`;
const heldOf = (looks: readonly EtaLook[]) => looks.filter((look) => look.isHeld).length;

function reportShares(ended: readonly Recording[]): void {
  for (const share of shares) {
    const looks = ended
      .flatMap((recording) => judgeRecording(recording, shares))
      .filter((look) => look.share === share);
    const given = looks.filter((look) => look.etaSeconds);
    const errors = given
      .map((look) => Math.abs(look.guessS - look.trueS) / Math.max(1, look.trueS))
      .sort((a, b) => a - b);
    const median = errors[errors.length >> 1] ?? Number.NaN;
    console.log(
      `  at ${share * 100} %: ${given.length} of ${looks.length} with an ETA, median error ${(median * 100).toFixed(0)} %, range holds ${heldOf(given)} of ${given.length}`,
    );
  }
}

function reportEach(recording: Recording): void {
  const all = judgeRecording(recording);
  const given = all.filter((look) => look.etaSeconds);
  const kinds = all.map((look) => look.kind ?? '-');
  const counts = [...new Set(kinds)].map((kind) => `${kind} ${kinds.filter((one) => one === kind).length}`).join(', ');
  const held = `${heldOf(given)}/${given.length}`;
  const took = `${(recording.endMs / 1000).toFixed(1)} s`;
  console.log('   ', recording.name.padEnd(15), recording.outcome, took.padStart(7), held.padStart(7), counts);
  if (!values.verbose) return;
  for (const look of all) {
    const told = look.etaSeconds ? `${look.etaSeconds.join('-')}${look.isHeld ? '' : ' missed'}` : 'nothing';
    console.log(`      ${look.share.toFixed(2)}: true ${look.trueS.toFixed(1)} s, told ${told}, ${look.kind ?? '-'}`);
  }
}

const recordings = readRecordings();
for (const set of ['tuned', 'held-out', 'confirming'] as const) {
  const own = recordings.filter((recording) => recording.set === set);
  if (own.length === 0 || set !== (values.set ?? set)) continue;
  const ended = own.filter(({ outcome }) => outcome === 'completed');
  console.log(`${set}: ${own.length} migrations, ${ended.length} of them ended`);
  reportShares(ended);
  const looks = ended.flatMap((recording) => judgeRecording(recording)).filter((look) => look.etaSeconds);
  console.log(
    `  at every second: range holds ${heldOf(looks)} of ${looks.length} (${percent(heldOf(looks), looks.length)})`,
  );
  for (const recording of own) reportEach(recording);
}
