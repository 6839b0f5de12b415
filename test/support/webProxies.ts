// Reverse proxies in front of the web host, with the very configuration that the README gives.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from '../../build/paths.mjs';
import { proxyEnv, startProxy } from './proxyProcess.ts';
import { testCertificate } from './sockets.ts';
import { startStrictProxy } from './strictProxy.ts';

export const publicName = 'sluice.example';
const host = '127.0.0.1';
const isThere = (program: string) => spawnSync(program, ['-v'], { env: proxyEnv }).error === undefined;

export interface ProxyOptions {
  /** Where browsers find it. */
  readonly port: number;
  /** Of the web host. */
  readonly targetPort: number;
  /** What stands at 60 s in the README. */
  readonly limitSeconds: number;
}

export interface WebProxy {
  readonly name: string;
  /** Why it cannot run here. */
  readonly missing: string | undefined;
  start(options: ProxyOptions): Promise<{ close(): Promise<void> }>;
}

export const certificate = testCertificate([publicName]);

export const webProxies: readonly WebProxy[] = [
  {
    name: 'nginx',
    missing: isThere('nginx') ? undefined : 'nginx is not installed',
    start: (options) =>
      run(options, 'nginx.conf', nginxConfig, (file, folder) => ['nginx', '-c', file, '-p', folder, '-e', 'stderr']),
  },
  haproxy('HAProxy, mode http', (config) => config),
  haproxy('HAProxy, mode tcp', (config) => config.replace('mode http', 'mode tcp').replace('h2,http/1.1', 'http/1.1')),
  {
    name: 'a strict proxy like Traefik',
    missing: undefined,
    start: (options) => startStrictProxy(options, certificate),
  },
];

function haproxy(name: string, change: (config: string) => string): WebProxy {
  return {
    name,
    missing: isThere('haproxy') ? undefined : 'haproxy is not installed',
    start: (options) =>
      run(
        options,
        'haproxy.cfg',
        () => change(block('haproxy').replace(':443', `${host}:${options.port}`)),
        (file) => ['haproxy', '-f', file, '-db'],
      ),
  };
}

function nginxConfig(folder: string, { port }: ProxyOptions): string {
  const server = block('nginx').replace('listen 443', `listen ${host}:${port}`).replaceAll('$host', `$host:${port}`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${folder}/${of};`,
  );
  const own = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}`;
  return `${own}\nhttp { access_log off; ${temporary.join(' ')}\n${server}\n}\n`;
}

/** A code block of the README. */
function block(language: string): string {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
  if (found === undefined) throw new Error(`README.md has no block for ${language}.`);
  return found;
}

function run(
  options: ProxyOptions,
  name: string,
  configure: (folder: string, options: ProxyOptions) => string,
  command: (file: string, folder: string) => string[],
): Promise<{ close(): Promise<void> }> {
  const { cert, key } = certificate;
  const config = (folder: string) =>
    configure(folder, options)
      .replaceAll('/etc/ssl/', `${folder}/`)
      .replaceAll('8443', String(options.targetPort))
      .replaceAll('60s', `${options.limitSeconds}s`);
  const files = { 'sluice.pem': cert, 'sluice.key': key, 'sluice-with-key.pem': cert + key };
  return startProxy(options.port, { files, name, config, command });
}
