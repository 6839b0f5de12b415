import { parseArgs } from 'node:util';

export interface DemoArguments {
  readonly command: 'demo';
  readonly port: number;
  readonly guests: number | undefined;
  readonly isOpening: boolean;
  readonly isJson: boolean;
}

export interface ServeArguments {
  readonly command: 'serve';
  readonly port: number;
  readonly isOpening: boolean;
  readonly isJson: boolean;
}

export type CommandLine =
  | DemoArguments
  | ServeArguments
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'wrong'; readonly reason: string };

export const helpText = `Usage: sluice COMMAND [options]

  sluice demo [--guests N] [--port N] [--no-open] [--json]
      Starts a demo cluster and opens Sluice on it. Ends with Ctrl-C and leaves nothing behind.
  sluice serve [--port N] [--no-open] [--json]
      Serves Sluice to this machine's browser.
  sluice relay --listen ADDR --to TARGET [options]
      Relays connections in bounded memory. See 'sluice relay --help'.
  sluice upload FILE CLUSTER:STORAGE [options]
      Uploads an image and makes sure of it. See 'sluice upload --help'.
  sluice login, clusters, guests, console, gateway
      Talk to a cluster from a shell or a script. See 'sluice gateway --help'.

  --guests N   number of guests of the demo cluster (12)
  --port N     port of the page on 127.0.0.1 (a free one)
  --no-open    print the address and open nothing
  --json       print one line of JSON when ready
  --help       show this
  --version    show the version
`;

const MOST_GUESTS = 20_000; // what the demo cluster was tried with
const options = {
  port: { type: 'string' },
  guests: { type: 'string' },
  'no-open': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** Reads what follows `sluice`. Never throws: what is wrong is said in a sentence. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  try {
    return read(argv);
  } catch (error) {
    return { command: 'wrong', reason: sentence(error instanceof Error ? error.message : String(error)) };
  }
}

function read(argv: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  if (values.help) return { command: 'help' };
  if (values.version) return { command: 'version' };
  const [command, ...extra] = positionals;
  if (command === undefined) throw new Error('No command was given');
  if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${command}'`);
  const port = wholeNumber('--port', values.port, 0, 65_535) ?? 0;
  const common = { port, isOpening: !values['no-open'], isJson: values.json === true };
  if (command === 'demo') return { command, guests: wholeNumber('--guests', values.guests, 1, MOST_GUESTS), ...common };
  if (command !== 'serve') throw new Error(`There is no command '${command}'`);
  if (values.guests !== undefined) throw new Error("'--guests' belongs to 'demo'");
  return { command, ...common };
}

function wholeNumber(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(`'${name}' takes a whole number from ${least} to ${most}, not '${text}'`);
}

/** parseArgs adds advice for options that begin with a dash; the first sentence says what is wrong. */
function sentence(message: string): string {
  const first = message.split(/\.\s/, 1)[0] ?? message;
  return `${first.replace(/\.$/, '')}. See 'sluice --help'.`;
}
