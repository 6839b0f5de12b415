import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { systemClock } from '../../shared/base/clock.ts';
import { parseKeyFile } from '../../shared/codec/pbs/keyFile.ts';
import { type CryptKey, unlockKey } from '../engine/pbs/cryptKey.ts';
import { DEFAULT_HEARTBEAT_MS } from '../engine/pbs/readerHeartbeat.ts';
import { type Restore, restoreToFile } from '../engine/pbs/restore.ts';
import { type CommandIo, processIo } from './cluster/runCluster.ts';
import { readSecret, terminalPrompt } from './cluster/secret.ts';
import { readText } from './headerFile.ts';
import { readRestore, type RestoreArguments, restoreHelp } from './restoreArguments.ts';
import { type CommandContext, runUntilEnded } from './runCommand.ts';

const TELL_EVERY_MS = 250;

/** Runs `sluice restore`. Exit codes as of the other commands. */
export async function runRestore(
  argv: readonly string[],
  io: CommandIo = processIo,
  outer?: AbortSignal,
): Promise<number> {
  let command: RestoreArguments | 'help';
  try {
    command = readRestore(argv);
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)} See 'sluice restore --help'.`);
    return 2;
  }
  if (command === 'help') {
    io.out(restoreHelp);
    return 0;
  }
  const known = command;
  let isDone = false;
  const code = await runUntilEnded(async (context) => {
    await restore(known, context, io);
    isDone = !context.signal.aborted;
    context.end();
  }, outer);
  return isDone ? code : 1; // what was stopped in the middle did not restore anything
}

async function restore(command: RestoreArguments, { stack, signal }: CommandContext, io: CommandIo): Promise<void> {
  const { where, snapshot, archive, output, isReplacing, heartbeatS } = command;
  const prompt = terminalPrompt();
  const secret = await readSecret(where, undefined, prompt);
  if (secret.kind !== 'token') throw new Error("'restore' signs in with an API token. Give --token-file.");
  const key = await keyOf(command);
  const credentials = { kind: 'token', product: 'pbs', user: secret.tokenId, token: secret.secret } as const;
  const { fingerprint } = where;
  const trust = fingerprint === undefined ? {} : { fingerprints: [fingerprint], isSystemTrusted: false };
  const server = { address: where.url ?? '', trust, credentials: () => credentials };
  const told = teller(command, io);
  const heartbeatMs = heartbeatS === undefined ? DEFAULT_HEARTBEAT_MS : heartbeatS * 1000;
  const options = { server, snapshot, archive, key, clock: systemClock, heartbeatMs, on: told };
  const work = restoreToFile(options, resolve(output), isReplacing);
  const report = await finished(work, signal, (name, close) => stack.add(name, close));
  told.done();
  const line = { event: 'restored', path: resolve(output), ...report };
  io.out(command.isJson ? JSON.stringify(line) : `Restored ${report.totalBytes} bytes to ${output}.`);
}

/** Whatever ends it, nothing half is left behind. */
async function finished(work: Restore, signal: AbortSignal, atEnd: (name: string, close: () => Promise<void>) => void) {
  const running = work.run(signal);
  const settled = running.then(
    () => undefined,
    () => work.discard(),
  );
  atEnd('restore', () => settled);
  try {
    return await running;
  } finally {
    await settled;
  }
}

async function keyOf({ keyFile, keyPasswordFile }: RestoreArguments): Promise<CryptKey | undefined> {
  if (keyFile === undefined) return undefined;
  const password = keyPasswordFile === undefined ? undefined : /^[^\r\n]*/.exec(readText(keyPasswordFile))?.[0];
  return await unlockKey(parseKeyFile(readFileSync(keyFile, 'utf8')), password);
}

/** Progress: lines of JSON, or one line of a terminal that is written anew. */
function teller({ isJson }: RestoreArguments, io: CommandIo) {
  let totalBytes = 0;
  let doneBytes = 0;
  let toldMs = Number.NEGATIVE_INFINITY;
  const isTerminal = !isJson && process.stderr.isTTY;
  const tell = () => {
    toldMs = systemClock.nowMs();
    if (isJson) io.out(JSON.stringify({ event: 'progress', doneBytes, totalBytes }));
    else if (isTerminal) process.stderr.write(`\r${bar(doneBytes, totalBytes)}`);
  };
  return {
    sized: (bytes: number) => {
      totalBytes = bytes;
    },
    written: (bytes: number) => {
      doneBytes += bytes;
      if (doneBytes === totalBytes || systemClock.nowMs() - toldMs >= TELL_EVERY_MS) tell();
    },
    reconnected: (reason: Error) => {
      if (isJson) io.out(JSON.stringify({ event: 'reconnecting', reason: reason.message }));
      else io.err(`${isTerminal ? '\n' : ''}${reason.message} It goes on with a new one.`);
    },
    done: () => {
      if (isTerminal) process.stderr.write('\n');
    },
  };
}

const WIDTH = 40;

function bar(doneBytes: number, totalBytes: number): string {
  const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const full = Math.floor(share * WIDTH);
  return `[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] ${(share * 100).toFixed(1).padStart(5)} %`;
}
