import { parseArgs, type ParseArgsConfig } from 'node:util';

import { normalizeFingerprint } from '../../engine/net/trust.ts';

/** Which server, and where the secret is. */
export interface ClusterOptions {
  /** By name, address or ID, as the app lists it. */
  readonly cluster: string | undefined;
  readonly url: string | undefined;
  readonly fingerprint: string | undefined;
  /** Of the authority that vouches for the server, in place of the system's. */
  readonly caFile: string | undefined;
  /** `USER@REALM`, or a token's ID. */
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly tokenFile: string | undefined;
  readonly dataDir: string | undefined;
}

interface Common {
  readonly where: ClusterOptions;
  readonly isJson: boolean;
}

export type ClusterCommand =
  | ({ readonly verb: 'clusters' | 'guests' | 'login' } & Common)
  | ({ readonly verb: 'gateway'; readonly allowsWrites: boolean; readonly port: number } & Common)
  | ({
      readonly verb: 'console';
      readonly guest: string;
      /** Right here, in place of in the app. */
      readonly isTerminal: boolean;
      /** A window or a browser may be opened for it. */
      readonly isOpening: boolean;
    } & Common);

export const clusterVerbs: ReadonlySet<string> = new Set(['login', 'clusters', 'guests', 'console', 'gateway']);

/** Of the help of every command that talks to a server. */
export const serverHelp = `SERVER is one that the app knows, or any other:
  --cluster NAME          name, address or ID of a cluster in the app's list, with the trust it has there
  --url https://HOST:PORT with one of these, unless the system's CAs vouch for it:
  --fingerprint SHA256      its certificate
  --ca-file FILE            the CA that vouches for it, PEM, in place of the system's

Who asks:
  --user USER@REALM       with --cluster: the user the app signed in as, unless given
  --password-file FILE    a file with the password; without one it is asked for, where there is a terminal
  --token-file FILE       a file with an API token, USER@REALM!NAME=SECRET (Backup Server: a colon for the =)
  --data-dir DIR          where the app keeps its list
`;

export const clusterHelp = `Usage: sluice VERB SERVER [options]

  sluice login --url https://HOST:PORT [--fingerprint SHA256 | --ca-file FILE] [--user USER@REALM]
      Adds a cluster to the app's list, with its certificate. Without either it is shown and asked for.
  sluice clusters [--json]
      Lists the clusters of the app.
  sluice guests SERVER [--json]
      Lists a cluster's guests.
  sluice console GUEST [--cluster NAME] [--no-open] [--json]
      Opens the guest's console in the app, and starts the app where it does not run. GUEST is a name, number or ID.
  sluice console GUEST --terminal SERVER
      The guest's terminal, right here. Ctrl-] ends it.
  sluice gateway SERVER [--allow-writes] [--port N] [--json]
      Opens a door on 127.0.0.1 through which programs of this machine reach the cluster's /api2/, signed in and over
      kept connections. They send 'Authorization: Bearer TOKEN'. It only reads unless --allow-writes is given.

${serverHelp}`;

/** Options of every command that talks to a server. */
export const serverOptions = {
  cluster: { type: 'string' },
  url: { type: 'string' },
  fingerprint: { type: 'string' },
  'ca-file': { type: 'string' },
  user: { type: 'string' },
  'password-file': { type: 'string' },
  'token-file': { type: 'string' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const options = {
  ...serverOptions,
  'allow-writes': { type: 'boolean' },
  terminal: { type: 'boolean' },
  'no-open': { type: 'boolean' },
  port: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>['values'];
type ServerValues = Pick<
  Values,
  'cluster' | 'url' | 'fingerprint' | 'ca-file' | 'user' | 'password-file' | 'token-file' | 'data-dir'
>;

/** Reads what follows `sluice`. Throws an error with a sentence where it is wrong. */
export function readClusterCommand(argv: readonly string[]): ClusterCommand | 'help' {
  const { values, positionals } = parse(argv);
  if (values.help) return 'help';
  const [verb = '', ...rest] = positionals;
  checkBelongs(verb, values);
  const isInApp = verb === 'console' && values.terminal !== true;
  const where = whereOf(isInApp ? 'console in the app' : verb, values);
  const common = { where, isJson: values.json === true };
  if (verb === 'console') {
    const [guest, ...extra] = rest;
    if (guest === undefined) throw new Error("'console' needs a guest: its name, number or ID.");
    if (extra.length > 0) throw new Error(`'${extra.join(' ')}' was not expected after '${guest}'.`);
    return { verb, guest, isTerminal: values.terminal === true, isOpening: !values['no-open'], ...common };
  }
  if (rest.length > 0) throw new Error(`'${rest.join(' ')}' was not expected after '${verb}'.`);
  if (verb === 'gateway') {
    return { verb, allowsWrites: values['allow-writes'] === true, port: portOf(values.port), ...common };
  }
  return { verb: verb as 'clusters' | 'guests' | 'login', ...common };
}

const parse = (argv: readonly string[]) => parseValues(argv, options);

/** Reads a command line. Throws an error with a sentence where it is wrong. */
export function parseValues<O extends NonNullable<ParseArgsConfig['options']>>(argv: readonly string[], known: O) {
  try {
    return parseArgs({ args: [...argv], options: known, allowPositionals: true, strict: true });
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/, 1);
    throw new Error(`${first.replace(/\.$/, '')}.`);
  }
}

function checkBelongs(verb: string, values: Values): void {
  const own: readonly (readonly [keyof Values, string])[] = [
    ['allow-writes', 'gateway'],
    ['port', 'gateway'],
    ['terminal', 'console'],
    ['no-open', 'console'],
  ];
  for (const [name, owner] of own) {
    if (values[name] !== undefined && verb !== owner) throw new Error(`'--${name}' belongs to '${owner}'.`);
  }
}

/** Which server and who asks. Throws where that is missing or contradicts itself. */
export function whereOf(verb: string, values: ServerValues): ClusterOptions {
  if (values['password-file'] !== undefined && values['token-file'] !== undefined) {
    throw new Error("'--password-file' and '--token-file' exclude each other. Give one of them.");
  }
  if (values.fingerprint !== undefined && values['ca-file'] !== undefined) {
    throw new Error("'--fingerprint' and '--ca-file' exclude each other. Give one of them.");
  }
  const { cluster, url, user } = values;
  const where = {
    ...{ cluster, url: url === undefined ? undefined : addressOf(url), user },
    fingerprint: fingerprintOf(values.fingerprint),
    caFile: values['ca-file'],
    passwordFile: values['password-file'],
    tokenFile: values['token-file'],
    dataDir: values['data-dir'],
  };
  if (verb === 'clusters') return where;
  if (verb === 'console in the app') return inApp(where);
  if (cluster !== undefined && url !== undefined) throw new Error("'--cluster' and '--url' exclude each other.");
  if (cluster === undefined && url === undefined) {
    throw new Error(verb === 'login' ? "'login' needs --url." : `'${verb}' needs --cluster or --url.`);
  }
  for (const name of ['fingerprint', 'ca-file'] as const) {
    if (cluster === undefined || values[name] === undefined) continue;
    throw new Error(`'--${name}' goes with --url: a cluster of the app has its trust already.`);
  }
  return where;
}

/** It is the app that is signed in. */
function inApp(where: ClusterOptions): ClusterOptions {
  const { url, fingerprint, caFile, user, passwordFile, tokenFile } = where;
  if ([url, fingerprint, caFile, user, passwordFile, tokenFile].every((one) => one === undefined)) return where;
  throw new Error("'console' opens in the app, which is signed in itself: name --cluster alone, or add --terminal.");
}

function addressOf(url: string): string {
  const authority = /^https:\/\/([^/?#]+)\/?$/.exec(url)?.[1];
  if (authority === undefined || authority.includes('@')) {
    throw new Error("'--url' takes https://HOST:PORT; user and password are given in other ways.");
  }
  return authority;
}

function fingerprintOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const fingerprint = normalizeFingerprint(text);
  if (fingerprint === undefined) throw new Error("'--fingerprint' takes a SHA-256 fingerprint: 64 hex digits.");
  return fingerprint;
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error(`'--port' takes a whole number from 0 to 65535, not '${text}'.`);
}
