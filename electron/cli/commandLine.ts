import { parseArgs } from 'node:util';

import { type PublicAddress, readPublicUrl } from '../hosts/web/publicAddress.ts';

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
  /** Of a reverse proxy in front. */
  readonly publicAddress: PublicAddress | undefined;
  readonly linkHeartbeatMs: number | undefined;
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
  sluice serve [--port N] [--public-url URL] [--heartbeat SECONDS] [--no-open] [--json]
      Serves Sluice to this machine's browser, or through a reverse proxy on this machine. SIGUSR2 makes it
      print another one-time address.
  sluice relay --listen ADDR --to TARGET [options]
      Relays connections in bounded memory. See 'sluice relay --help'.
  sluice pbs list [DATASTORE [SNAPSHOT]] SERVER
      Lists what a Proxmox Backup Server keeps. See 'sluice pbs --help'.
  sluice restore SNAPSHOT ARCHIVE [options]
      Restores from a Proxmox Backup Server to a file. See 'sluice restore --help'.
  sluice upload FILE CLUSTER:STORAGE [options]
      Uploads an image and makes sure of it. See 'sluice upload --help'.
  sluice tasks, migrate
      List and watch tasks, move a guest to another node. See 'sluice tasks --help'.
  sluice login, clusters, guests, console, gateway
      Talk to a cluster from a shell or a script. See 'sluice gateway --help'.

  --guests N   number of guests of the demo cluster (12)
  --port N     port of the page on 127.0.0.1 (a free one)
  --public-url URL
               where a reverse proxy shows it, such as https://sluice.example; opens nothing
  --heartbeat SECONDS
               how often a silent page shows life (20); 1 to 20, below half of what the proxy cuts
  --no-open    print the address and open nothing
  --json       print one line of JSON when ready
  --help       show this
  --version    show the version
`;

const MOST_GUESTS = 20_000; // what the demo cluster was tried with
const options = {
  port: { type: 'string' },
  guests: { type: 'string' },
  'public-url': { type: 'string' },
  heartbeat: { type: 'string' },
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
  if (command === 'demo') refuseServeOptions(values);
  if (command === 'demo') return { command, guests: wholeNumber('--guests', values.guests, 1, MOST_GUESTS), ...common };
  if (command !== 'serve') throw new Error(`There is no command '${command}'`);
  if (values.guests !== undefined) throw new Error("'--guests' belongs to 'demo'");
  const publicUrl = values['public-url'];
  const heartbeat = wholeNumber('--heartbeat', values.heartbeat, 1, 20);
  return {
    command,
    ...common,
    isOpening: common.isOpening && publicUrl === undefined,
    publicAddress: publicUrl === undefined ? undefined : readPublicUrl(publicUrl),
    linkHeartbeatMs: heartbeat === undefined ? undefined : heartbeat * 1000,
  };
}

function refuseServeOptions(values: Readonly<Record<string, unknown>>): void {
  for (const name of ['public-url', 'heartbeat']) {
    if (values[name] !== undefined) throw new Error(`'--${name}' belongs to 'serve'`);
  }
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
