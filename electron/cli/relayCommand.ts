import { setFlagsFromString } from 'node:v8';

import { every, systemClock } from '../../shared/base/clock.ts';
import { Budget } from '../../shared/flow/budget.ts';
import type { Trust } from '../engine/net/trust.ts';
import { RelayServer } from '../engine/relay/relayServer.ts';
import { IdleLimits } from '../../shared/flow/idleLimits.ts';
import { readHeaderFile, readText } from './headerFile.ts';
import { type RelayArguments, readRelayArguments, relayHelp } from './relayArguments.ts';
import { jsonReport, plainReport } from './relayReport.ts';
import { endSignal, untilAborted } from './untilEnded.ts';

const DRAIN_MS = 10_000;

/** Where the command prints. */
export interface RelayIo {
  out(line: string): void;
  err(line: string): void;
}

const processIo: RelayIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

/**
 * Runs `sluice relay` and resolves with the exit code: 0 told to end, 1 failed, 2 the command line is wrong. `outer`
 * takes the place of the process's signals.
 */
export async function runRelay(argv: readonly string[], io: RelayIo = processIo, outer?: AbortSignal): Promise<number> {
  let server: RelayServer;
  let args: RelayArguments;
  try {
    const read = readRelayArguments(argv);
    if (read === 'help') {
      io.out(relayHelp);
      return 0;
    }
    args = read;
    server = serverFor(args);
  } catch (error) {
    io.err(`${messageOf(error)} See 'sluice relay --help'.`);
    return 2;
  }
  keepYoungMemorySmall();
  return await run(server, args, io, outer ?? endSignal());
}

function serverFor(args: RelayArguments): RelayServer {
  const { headers, proxyHeaders } = args.headerFile === undefined ? noHeaders : readHeaderFile(args.headerFile);
  const via = args.via && { address: args.via, headers: proxyHeaders };
  const { heartbeatMs, target: endpoint } = args;
  return new RelayServer({
    listen: args.listen,
    target: { endpoint, via, headers, trust: trustOf(args), heartbeatMs, idleLimits: new IdleLimits() },
    windowBytes: args.windowBytes,
    budget: new Budget(args.budgetBytes),
  });
}

const noHeaders = { headers: {}, proxyHeaders: {} };

function trustOf({ tlsCaFile, fingerprint }: RelayArguments): Trust {
  if (fingerprint !== undefined) return { fingerprints: [fingerprint], isSystemTrusted: false };
  return tlsCaFile === undefined ? {} : { caPem: readText(tlsCaFile), isSystemTrusted: false };
}

async function run(server: RelayServer, args: RelayArguments, io: RelayIo, signal: AbortSignal): Promise<number> {
  const report = args.isJson ? jsonReport(io.out) : plainReport(io.out);
  server.onEnd((end) => report.closed(end));
  server.onFailure((error) => report.failed(error.message));
  try {
    await server.start();
  } catch (error) {
    io.err(messageOf(error));
    return 1;
  }
  report.listening(server);
  const stats = args.statsMs === undefined ? undefined : every(systemClock, args.statsMs, () => report.stats(server));
  await untilAborted(signal);
  stats?.dispose();
  await server.close(DRAIN_MS);
  return 0;
}

/** A thousand connections would let V8 take 24 MiB for objects that live on; a relay makes little garbage. */
function keepYoungMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
