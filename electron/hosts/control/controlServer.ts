import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';

import { systemClock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { askControl } from './controlClient.ts';
import { type ControlAnswer, controlRequest, type ControlRequest, MOST_LINE_BYTES } from './controlMessages.ts';
import { controlPath } from './controlPath.ts';

const OTHER_ANSWERS_MS = 2_000; // another app of the same folder reads a small file
const LINE_MS = 5_000; // from the connection to the whole line

export interface ControlServer {
  close(): Promise<void>;
}

/**
 * Listens for commands of this user. The socket's rights let nobody else in; what comes in is checked all the same.
 * Undefined where another app of the same data folder listens already.
 */
export async function startControlServer(
  dataDir: string,
  handle: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<ControlServer | undefined> {
  const path = controlPath(dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32') {
    if ((await askControl(path, { kind: 'clusters-changed' }, OTHER_ANSWERS_MS)) !== undefined) return undefined;
    await rm(path, { force: true }); // of an app that ended without a word
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, handle);
  });
  if (!(await listen(server, path))) return undefined;
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function listen(server: Server, path: string): Promise<boolean> {
  // Born with the owner's rights only: between `listen` and `chmod` there would be a moment.
  const before = process.platform === 'win32' ? undefined : process.umask(0o177);
  try {
    return await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(path, () => resolve(true));
    });
  } finally {
    if (before !== undefined) process.umask(before);
    if (before !== undefined && dirname(path) !== '.') await chmod(path, 0o600).catch(() => {});
  }
}

function serve(socket: Socket, handle: (request: ControlRequest) => Promise<ControlAnswer>): void {
  let line = '';
  const limit = systemClock.timer(LINE_MS, () => socket.destroy());
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.once('close', () => limit.dispose());
  socket.on('data', (text: string) => {
    line += text;
    if (line.length > MOST_LINE_BYTES) socket.destroy();
    const end = line.indexOf('\n');
    if (end < 0 || socket.destroyed) return;
    limit.dispose();
    socket.pause();
    answer(line.slice(0, end), handle).then(
      (given) => socket.end(`${JSON.stringify(given)}\n`),
      () => socket.destroy(),
    );
  });
}

async function answer(
  line: string,
  handle: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<ControlAnswer> {
  const parsed = controlRequest.safeParse(parse(line));
  if (!parsed.success)
    return { kind: 'failed', message: 'The running Sluice does not know this request. Update both.' };
  try {
    return await handle(parsed.data);
  } catch (error) {
    return { kind: 'failed', message: AppError.from(error).message };
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
