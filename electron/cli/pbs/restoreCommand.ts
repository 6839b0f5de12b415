import { resolve } from 'node:path';

import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { parseKeyFile } from '../../../shared/codec/pbs/keyFile.ts';
import { type CryptKey, unlockKey } from '../../engine/pbs/cryptKey.ts';
import { DEFAULT_HEARTBEAT_MS } from '../../engine/pbs/readerHeartbeat.ts';
import { type Restore, type RestoreReport, restoreToFile } from '../../engine/pbs/restore.ts';
import { openCluster, type OpenCluster } from '../cluster/openCluster.ts';
import { type CommandIo, processIo } from '../cluster/runCluster.ts';
import { type Prompt, terminalPrompt } from '../cluster/secret.ts';
import { readText } from '../headerFile.ts';
import { readRestore, type RestoreArguments, restoreHelp } from './restoreArguments.ts';
import { type CommandContext, runUntilEnded } from '../runCommand.ts';

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
  const key = await keyOf(command, prompt);
  const cluster = await openCluster(stack, where, prompt);
  await cluster.page.call('app.watch', { isWatching: false }); // the server is asked for hardly anything but the backup
  const server = cluster.backups.server(cluster.clusterId);
  const told = teller(command, io);
  const heartbeatMs = heartbeatS === undefined ? DEFAULT_HEARTBEAT_MS : heartbeatS * 1000;
  const options = { server, snapshot, archive, key, clock: systemClock, heartbeatMs, on: told };
  const work = restoreToFile(options, resolve(output), isReplacing);
  const run = () => runSignedIn(work, cluster, signal);
  const report = await finished(run, work, (name, close) => stack.add(name, close));
  told.done();
  const line = { event: 'restored', path: resolve(output), ...report };
  io.out(command.isJson ? JSON.stringify(line) : `Restored ${report.totalBytes} bytes to ${output}.`);
}

/** Once more where the sign-in ended in the middle, as it does after a long outage: what was written stays. */
async function runSignedIn(work: Restore, cluster: OpenCluster, signal: AbortSignal): Promise<RestoreReport> {
  try {
    return await work.run(signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'session-expired') throw error;
    await cluster.signInAgain();
    return await work.run(signal);
  }
}

/** Whatever ends it, nothing half is left behind. */
async function finished(
  run: () => Promise<RestoreReport>,
  work: Restore,
  atEnd: (name: string, close: () => Promise<void>) => void,
): Promise<RestoreReport> {
  const running = run();
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

/** Before anything is sent: a wrong password of the key is found out without the server. */
async function keyOf(
  { keyFile, keyPasswordFile }: RestoreArguments,
  prompt: Prompt | undefined,
): Promise<CryptKey | undefined> {
  if (keyFile === undefined) return undefined;
  const file = parseKeyFile(readText(keyFile));
  if (file.derivation.kind === 'none') return await unlockKey(file, undefined);
  if (keyPasswordFile !== undefined) return await unlockKey(file, /^[^\r\n]*/.exec(readText(keyPasswordFile))?.[0]);
  if (!prompt) throw new Error(`The key in ${keyFile} is locked with a password. Give --key-password-file.`);
  const hint = file.hint === undefined ? '' : ` (hint: ${file.hint})`;
  return await unlockKey(file, await prompt.ask(`Password of the key${hint}: `, { isSecret: true }));
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
