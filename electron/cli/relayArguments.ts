import { parseArgs } from 'node:util';

import { byteCount } from './byteCount.ts';
import { type Endpoint, isLoopback, parseEndpoint } from '../engine/relay/endpoint.ts';
import { type HostPort, parseAddress } from '../engine/net/address.ts';
import { normalizeFingerprint } from '../engine/net/trust.ts';

export interface RelayArguments {
  readonly listen: Endpoint;
  readonly target: Endpoint;
  readonly via: HostPort | undefined;
  readonly headerFile: string | undefined;
  readonly tlsCaFile: string | undefined;
  readonly fingerprint: string | undefined;
  readonly windowBytes: number;
  readonly budgetBytes: number;
  readonly heartbeatMs: number | undefined;
  readonly statsMs: number | undefined;
  readonly isJson: boolean;
}

export const relayHelp = `Usage: sluice relay --listen ADDR --to TARGET [options]

  Relays every connection to ADDR to TARGET. Memory stays bounded whatever the two ends do.

  --listen ADDR         tcp://127.0.0.1:0, ws://127.0.0.1:0 or unix:PATH (port 0: a free one)
  --to TARGET           tcp://, tls://, ws:// or wss://HOST:PORT[/PATH], or unix:PATH
  --via http://H:P      an HTTP proxy to go through (CONNECT)
  --header-file FILE    header lines for the WebSocket request; lines that begin with Proxy- go to the proxy
  --ca-file FILE        the CA that vouches for the target, PEM; --tls-ca is the same
  --fingerprint SHA256  the certificate of the target, in place of a CA
  --window BYTES        the most one direction of one connection may hold (1M)
  --budget BYTES        the most all connections together may hold (64M)
  --heartbeat SECONDS   silence after which the target is asked whether it lives (20)
  --stats SECONDS       print what every connection moved and holds
  --json                print events as lines of JSON
  --allow-remote        listen on an address other machines can reach
  --help                show this
`;

const options = {
  listen: { type: 'string' },
  to: { type: 'string' },
  via: { type: 'string' },
  'header-file': { type: 'string' },
  'ca-file': { type: 'string' },
  'tls-ca': { type: 'string' },
  fingerprint: { type: 'string' },
  window: { type: 'string' },
  budget: { type: 'string' },
  heartbeat: { type: 'string' },
  stats: { type: 'string' },
  json: { type: 'boolean' },
  'allow-remote': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const LEAST_WINDOW = 4 << 10;
const MOST_BUDGET = 16 * 2 ** 30;

type Values = ReturnType<typeof readValues>;

/** Throws an `Error` with a sentence that says what is wrong. `help` where it was asked for. */
export function readRelayArguments(argv: readonly string[]): RelayArguments | 'help' {
  const values = readValues(argv);
  if (values.help) return 'help';
  if (values.listen === undefined) throw new Error("'--listen' is missing: say where to listen, as tcp://127.0.0.1:0.");
  if (values.to === undefined) throw new Error("'--to' is missing: say where to relay to, as tcp://127.0.0.1:5900.");
  const windowBytes = byteCount('--window', values.window, LEAST_WINDOW, MOST_BUDGET) ?? 1 << 20;
  const budgetBytes = byteCount('--budget', values.budget, 2 * LEAST_WINDOW, MOST_BUDGET) ?? 64 << 20;
  if (windowBytes * 2 > budgetBytes) throw new Error("'--budget' must hold two windows at least, one each way.");
  const target = parseEndpoint(values.to);
  checkTrust(values, target);
  return {
    listen: listenEndpoint(values.listen, values['allow-remote'] === true),
    target,
    via: proxyOf(values.via, target),
    headerFile: values['header-file'],
    tlsCaFile: values['ca-file'] ?? values['tls-ca'],
    fingerprint: fingerprintOf(values.fingerprint),
    windowBytes,
    budgetBytes,
    heartbeatMs: seconds('--heartbeat', values.heartbeat),
    statsMs: seconds('--stats', values.stats),
    isJson: values.json === true,
  };
}

function readValues(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/, 1);
    throw new Error(`${first.replace(/\.$/, '')}.`);
  }
}

function listenEndpoint(text: string, isRemoteAllowed: boolean): Endpoint {
  const endpoint = parseEndpoint(text, { mayBeAnyPort: true });
  if (endpoint.kind === 'unix') return endpoint;
  if (endpoint.kind !== 'tcp' && endpoint.kind !== 'ws') {
    throw new Error("'--listen' takes tcp://, ws:// or unix:, as nothing on this machine needs TLS.");
  }
  if (endpoint.kind === 'ws' && endpoint.path !== '/') {
    throw new Error("'--listen' takes no path: a secret one is made and printed.");
  }
  if (!isRemoteAllowed && !isLoopback(endpoint.address)) {
    throw new Error(`'--listen ${text}' can be reached from other machines. Add --allow-remote if that is meant.`);
  }
  return endpoint;
}

function proxyOf(text: string | undefined, target: Endpoint): HostPort | undefined {
  if (text === undefined) return undefined;
  const authority = /^http:\/\/([^/@]+)\/?$/.exec(text)?.[1];
  if (authority === undefined) throw new Error("'--via' takes http://HOST:PORT; passwords belong into a header file.");
  if (target.kind === 'unix') throw new Error("'--via' has no use with a Unix socket as target.");
  return parseAddress(authority);
}

function checkTrust(values: Values, target: Endpoint): void {
  const isTls = target.kind === 'tls' || target.kind === 'wss';
  const given = (['ca-file', 'tls-ca', 'fingerprint'] as const).filter((name) => values[name] !== undefined);
  if (given.length > 1) throw new Error(`'--${given.join("' and '--")}' exclude each other. Give one of them.`);
  if (!isTls && given.length > 0) throw new Error(`'--${given[0]}' is for tls:// and wss:// targets.`);
}

function fingerprintOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const fingerprint = normalizeFingerprint(text);
  if (fingerprint === undefined) throw new Error("'--fingerprint' takes a SHA-256 fingerprint: 64 hex digits.");
  return fingerprint;
}

function seconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 86_400) return value * 1000;
  throw new Error(`'${name}' takes seconds from 0.1 to 86400, not '${text}'.`);
}
