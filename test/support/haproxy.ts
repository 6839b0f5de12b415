import { spawnSync } from 'node:child_process';

import { freePort, proxyEnv, startProxy } from './proxyProcess.ts';

const host = '127.0.0.1';

/** Why tests with it cannot run here. */
export const haproxyMissing =
  spawnSync('haproxy', ['-v'], { env: proxyEnv }).status === 0 ? undefined : 'haproxy is not installed';

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
  const port = await freePort();
  const limits = ['connect', 'client', 'server'].map((which) => `  timeout ${which} ${limitSeconds}s`).join('\n');
  const config = (folder: string) => {
    const [near, far] = tls ? [` ssl crt ${folder}/with-key.pem`, ' ssl verify none'] : ['', ''];
    const listener = `listen it\n  bind ${host}:${port}${near}\n  server s ${host}:${targetPort}${far}\n`;
    return `defaults\n  mode ${mode}\n${limits}\n${listener}`;
  };
  const proxy = await startProxy(port, {
    files: tls ? { 'with-key.pem': tls.cert + tls.key } : {},
    name: 'haproxy.cfg',
    config,
    command: (file) => ['haproxy', '-f', file, '-db'],
  });
  return { host, port, address: `${host}:${port}`, close: () => proxy.close() };
}
