// The command line of `npm run bench`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');
const LEAST_MS = 100; // shorter runs measure the start

export const help = `Usage: npm run bench -- [options]

  Measures Sluice's relay beside socat, HAProxy, nginx, websockify and the library ws, all in one run, and says
  which bars it holds. Needs Linux, gcc and OpenSSL's headers; rivals that are not installed are left out.

  --rounds N   how often each is measured; the medians are shown (5)
  --ms N       how long each transfer is measured (1000)
  --only TEXT  those whose name matches, a regular expression, and the direct connection
  --quick      throughput only: no ping-pong, idle connections and stalled readers
  --json       print the figures and verdicts as JSON in place of the table
  --out FILE   where they are written as JSON, too (test-results/bench.json)
  --cli FILE   the built command (dist/cli.mjs)
  --help       show this
`;

const options = {
  rounds: { type: 'string', default: '5' },
  ms: { type: 'string', default: '1000' },
  only: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  out: { type: 'string', default: join(root, 'test-results/bench.json') },
  cli: { type: 'string', default: join(root, 'dist/cli.mjs') },
  help: { type: 'boolean', short: 'h', default: false },
};

/** Throws an error with a sentence that says what is wrong. `names`: of what can be measured. */
export function readOptions(argv, names) {
  const { only, ...values } = parse(argv);
  const pattern = only === undefined ? /^/ : patternOf(only);
  const chosen = names.filter((name) => name === 'direct' || pattern.test(name));
  if (chosen.length < 2) throw new Error(`'--only ${only}' matches none of: ${names.join(', ')}.`);
  return {
    ...values,
    chosen,
    rounds: wholeNumber('--rounds', values.rounds, 1, 'rounds'),
    ms: wholeNumber('--ms', values.ms, LEAST_MS, 'milliseconds'),
  };
}

function parse(argv) {
  try {
    return parseArgs({ args: argv, options, strict: true }).values;
  } catch (error) {
    const [first] = error.message.split(/\.\s/, 1);
    throw new Error(`${first.replace(/\.$/, '')}.`);
  }
}

function patternOf(text) {
  try {
    return new RegExp(text);
  } catch {
    throw new Error(`'--only' takes a regular expression, which '${text}' is not.`);
  }
}

function wholeNumber(name, text, least, unit) {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least) return value;
  throw new Error(`'${name}' takes ${unit}, at least ${least}, not '${text}'.`);
}
