import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listenPlain } from './sockets.ts';

const host = '127.0.0.1';
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };

/** Why tests with it cannot run here. */
export const haproxyMissing =
  spawnSync('haproxy', ['-v'], { env }).status === 0 ? undefined : 'haproxy is not installed';

export interface Cutter {
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

export interface CutterOptions {
  /** It ends TLS with these and speaks TLS to the target, too: in `mode http` it has to read what is said. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** HAProxy in front of a port of this machine, which ends connections that are silent for so long. */
export async function startCutter(
  mode: 'http' | 'tcp',
  limitSeconds: number,
  targetPort: number,
  { tls }: CutterOptions = {},
): Promise<Cutter> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  const port = await freePort();
  const file = join(folder, 'haproxy.cfg');
  const limits = ['connect', 'client', 'server'].map((which) => `  timeout ${which} ${limitSeconds}s`).join('\n');
  const pem = join(folder, 'with-key.pem');
  if (tls) writeFileSync(pem, tls.cert + tls.key, { mode: 0o600 });
  const [near, far] = tls ? [` ssl crt ${pem}`, ' ssl verify none'] : ['', ''];
  const listener = `listen it\n  bind ${host}:${port}${near}\n  server s ${host}:${targetPort}${far}\n`;
  writeFileSync(file, `defaults\n  mode ${mode}\n${limits}\n${listener}`);
  const proxy = spawn('haproxy', ['-f', file, '-db'], { stdio: 'ignore', env });
  const close = async () => {
    await ended(proxy);
    rmSync(folder, { recursive: true, force: true });
  };
  while (!(await canConnect(port))) {
    if (proxy.exitCode !== null) throw new Error('HAProxy did not start.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { host, port, address: `${host}:${port}`, close };
}

async function freePort(): Promise<number> {
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
