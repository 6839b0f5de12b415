// The bars that the relay has to hold, and whether it did in this run.
import { median } from './table.mjs';

const TCP_RIVALS = ['socat', 'haproxy tcp', 'nginx stream 16K', 'nginx stream 256K'];
const SLUICE = /^sluice /;

/** By what a figure is compared: the median over the rounds, each with the rival's figure of the same round. */
const ratio = (ours, theirs, field) => median(ours.map((run, round) => run[field] / theirs[round][field]));
const fieldOf = { down: 'rate', up: 'rate', downCpu: 'cpu', upCpu: 'cpu', p50: 'p50', p99: 'p99' };
const runsOf = { down: 'down', up: 'up', downCpu: 'down', upCpu: 'up', p50: 'ping', p99: 'ping' };

/** Against the best of `theirs`: `least` for rates, `most` for costs and times, each a share of the rival's figure. */
const comparisons = [
  { what: 'TCP to TCP', ours: 'sluice tcp-tcp', theirs: TCP_RIVALS, least: { down: 1, up: 1 } },
  { what: 'TCP to TCP', ours: 'sluice tcp-tcp', theirs: ['haproxy tcp'], most: { downCpu: 1, upCpu: 1 } },
  { what: 'WebSocket to TCP', ours: 'sluice ws-tcp', theirs: ['websockify'], least: { down: 1.3, up: 3 } },
  { what: 'TCP to TLS', ours: 'sluice tcp-tls', theirs: ['haproxy tcp-tls'], least: { down: 1, up: 1 } },
  { what: 'TCP to TCP', ours: 'sluice tcp-tcp', theirs: ['haproxy tcp'], most: { p50: 1.1, p99: 1.5 } },
  { what: 'TCP to TLS', ours: 'sluice tcp-tls', theirs: ['haproxy tcp-tls'], most: { p50: 1.1, p99: 1.5 } },
];

const words = {
  down: 'throughput down',
  up: 'throughput up',
  downCpu: 'CPU a GB down',
  upCpu: 'CPU a GB up',
  p50: 'ping-pong p50',
  p99: 'ping-pong p99',
};

const limits = [
  { what: 'memory of an idle connection', most: 24, unit: 'KiB', of: ({ idleKiB }) => idleKiB },
  { what: 'grows behind a stalled reader by', most: 8, unit: 'MiB', of: ({ stalled }) => stalled?.grownMiB },
  { what: 'taken from the source of a stalled reader', most: 16, unit: 'MiB', of: ({ stalled }) => stalled?.takenMiB },
];

/** One for each bar that could be looked at: `{ what, value, unit, bar, isHeld }`. */
export function judge(results) {
  return [...comparisons.flatMap((one) => compare(one, results)), ...limits.flatMap((one) => limit(one, results))];
}

function compare({ what, ours, theirs, least, most }, results) {
  const own = results.get(ours);
  if (!own) return [];
  return Object.entries(least ?? most).flatMap(([figure, bar]) => {
    const [runs, field] = [runsOf[figure], fieldOf[figure]];
    if (own[runs].length === 0) return [];
    const best = bestOf(theirs, results, runs, field);
    if (!best) return [];
    const value = ratio(own[runs], results.get(best)[runs], field);
    const isHeld = least ? value >= bar : value <= bar;
    const title = `${what}, ${words[figure]}`;
    return [{ what: title, value, unit: `of ${best}`, bar: `${least ? 'at least' : 'at most'} ${bar}`, isHeld }];
  });
}

/** The rival with the highest figure. */
function bestOf(names, results, runs, field) {
  const there = names.filter((name) => results.get(name)?.[runs].length > 0);
  const figure = (name) => median(results.get(name)[runs].map((run) => run[field]));
  return there.sort((a, b) => figure(b) - figure(a))[0];
}

function limit({ what, most, unit, of }, results) {
  return [...results].flatMap(([name, result]) => {
    const value = SLUICE.test(name) ? of(result) : undefined;
    if (value === undefined) return [];
    return [{ what: `${name}, ${what}`, value, unit, bar: `at most ${most}`, isHeld: value <= most }];
  });
}

export function printVerdicts(verdicts) {
  if (verdicts.length === 0) return;
  console.log('');
  for (const { what, value, unit, bar, isHeld } of verdicts) {
    console.log(`${isHeld ? 'held  ' : 'MISSED'}  ${what}: ${value.toFixed(2)} ${unit} (${bar})`);
  }
  const held = verdicts.filter(({ isHeld }) => isHeld).length;
  console.log(`${held} held, ${verdicts.length - held} missed`);
}
