import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// What a tool prints on success is small; more than this is a mistake of ours.
const MAX_OUTPUT_BYTES = 4 << 20;
const MAX_MESSAGE_CHARACTERS = 400;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string;
  readonly input?: Uint8Array;
  /** A tool that prints more is stopped. */
  readonly maxOutputBytes?: number;
}

/** Where a program is, or undefined. Looks in the sbin folders too, which users' paths leave out. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run
  }
}

/** Runs a tool to its end and gives what it printed. Fails with its last words. */
export async function run(name: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const child = spawn(name, args, { cwd: options.cwd, signal: options.signal, stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  let outputBytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    outputBytes += chunk.length;
    if (outputBytes > (options.maxOutputBytes ?? MAX_OUTPUT_BYTES)) child.kill('SIGKILL');
    output.push(chunk);
  });
  child.stdin.on('error', () => undefined); // it may end without reading all
  child.stdin.end(options.input);
  await ended(name, child);
  return Buffer.concat(output);
}

/** Two tools joined by a pipe, such as an archive's reader and its unpacker. */
export async function runPiped(
  first: readonly string[],
  second: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const [reader = '', ...readerArgs] = first;
  const [writer = '', ...writerArgs] = second;
  const from = spawn(reader, readerArgs, { signal: options.signal, stdio: ['ignore', 'pipe', 'pipe'] });
  const to = spawn(writer, writerArgs, { cwd: options.cwd, signal: options.signal, stdio: ['pipe', 'ignore', 'pipe'] });
  to.stdin.on('error', () => undefined); // its exit code tells more
  from.stdout.pipe(to.stdin);
  const outcomes = await Promise.allSettled([ended(reader, from), ended(writer, to)]);
  for (const outcome of outcomes.toReversed()) if (outcome.status === 'rejected') throw outcome.reason;
}

function ended(name: string, child: ChildProcess): Promise<void> {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-MAX_MESSAGE_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${name} ended with ${signal ?? code}: ${words.trim()}`));
    });
  });
}
