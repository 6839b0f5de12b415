import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listenPlain } from './sockets.ts';

const host = '127.0.0.1';
/** Where Debian has its servers. */
export const proxyEnv = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };

export interface ProxyFiles {
  /** By name; `config` makes of their folder what the program reads. */
  readonly files?: Readonly<Record<string, string>>;
  readonly name: string;
  readonly config: (folder: string) => string;
  readonly command: (file: string, folder: string) => readonly string[];
}

/** Starts a proxy with a folder of its own; resolves when it listens at the port. */
export async function startProxy(port: number, given: ProxyFiles): Promise<{ close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-proxy-'));
  for (const [name, content] of Object.entries(given.files ?? {})) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }
  const file = join(folder, given.name);
  writeFileSync(file, given.config(folder));
  const [program = '', ...args] = given.command(file, folder);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: proxyEnv });
  while (!(await canConnect(port))) {
    if (child.exitCode !== null) throw new Error(`${program} did not start.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    async close() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const peer = await listenPlain(() => {});
  peer.close();
  return peer.port;
}

function canConnect(port: number): Promise<boolean> {
  const socket = net.connect({ host, port });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function ended(child: ChildProcess): Promise<unknown> {
  child.kill('SIGKILL');
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', resolve));
}
