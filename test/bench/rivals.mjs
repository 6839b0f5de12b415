// What Sluice is compared with, each in the way its users run it. A rival leads from `port` to `target`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort, isInstalled, sleep, start } from './processes.mjs';

/** @typedef {{ name: string, group: 'tcp' | 'ws' | 'tls', needs?: string, start(context: Context): Promise<Running> }} Rival */
/** @typedef {{ target: number, tlsTarget: number, folder: string, cli: string, node: string, cert: string }} Context */
/** @typedef {{ proto: string, port: number, path?: string, pid?: number, end(): Promise<void> | void }} Running */

const local = '127.0.0.1';

async function sluice({ cli, node }, listen, to, proto, more = []) {
  const running = start(node, [cli, 'relay', '--listen', listen, '--to', to, '--json', ...more]);
  const { address, port } = JSON.parse(await running.firstLine);
  const path = proto === 'ws' ? new URL(address).pathname : '/';
  return { proto, port, path, pid: running.pid, end: running.end };
}

async function haproxy({ folder }, name, port, server) {
  const config = join(folder, `haproxy-${name}.cfg`);
  writeFileSync(
    config,
    `global\n nbthread 1\n maxconn 4000\ndefaults\n mode tcp\n timeout connect 5s\n timeout client 1h\n` +
      ` timeout server 1h\nlisten it\n bind ${local}:${port}\n server s ${server}\n`,
  );
  const running = start('haproxy', ['-f', config, '-db']);
  await sleep(500);
  return { proto: 'tcp', port, pid: running.pid, end: running.end };
}

async function nginx({ folder, target }, name, more) {
  const port = await freePort();
  const home = join(folder, `nginx-${name}`);
  mkdirSync(home, { recursive: true });
  const config = join(home, 'nginx.conf');
  writeFileSync(
    config,
    `load_module /usr/lib/nginx/modules/ngx_stream_module.so;\ndaemon off; master_process off;\n` +
      `pid ${home}/pid; error_log ${home}/error.log;\nevents { worker_connections 8000; }\n` +
      `stream { access_log off; server { listen ${local}:${port}; proxy_pass ${local}:${target}; tcp_nodelay on; ${more} } }\n`,
  );
  const running = start('nginx', ['-c', config, '-p', home]);
  await sleep(500);
  return { proto: 'tcp', port, pid: running.pid, end: running.end };
}

/** @type {Rival[]} */
export const rivals = [
  { name: 'direct', group: 'tcp', start: async ({ target }) => ({ proto: 'tcp', port: target, end() {} }) },
  {
    name: 'sluice tcp-tcp',
    group: 'tcp',
    start: (context) => sluice(context, `tcp://${local}:0`, `tcp://${local}:${context.target}`, 'tcp'),
  },
  {
    name: 'socat',
    group: 'tcp',
    needs: 'socat',
    async start({ target }) {
      const port = await freePort();
      const listen = `TCP-LISTEN:${port},bind=${local},reuseaddr,fork,nodelay,backlog=1024`;
      const running = start('socat', ['-b', '65536', listen, `TCP:${local}:${target},nodelay`]);
      await sleep(300);
      return { proto: 'tcp', port, pid: running.pid, end: running.end };
    },
  },
  {
    name: 'haproxy tcp',
    group: 'tcp',
    needs: 'haproxy',
    start: async (context) => haproxy(context, 'tcp', await freePort(), `${local}:${context.target}`),
  },
  { name: 'nginx stream 16K', group: 'tcp', needs: 'nginx', start: (context) => nginx(context, 'small', '') },
  {
    name: 'nginx stream 256K',
    group: 'tcp',
    needs: 'nginx',
    start: (context) => nginx(context, 'large', 'proxy_buffer_size 256k;'),
  },
  {
    name: 'sluice ws-tcp',
    group: 'ws',
    start: (context) => sluice(context, `ws://${local}:0`, `tcp://${local}:${context.target}`, 'ws'),
  },
  {
    name: 'websockify',
    group: 'ws',
    needs: 'websockify',
    async start({ target }) {
      const port = await freePort();
      const running = start('websockify', [`${local}:${port}`, `${local}:${target}`]);
      await sleep(1500);
      return { proto: 'ws', port, path: '/', pid: running.pid, end: running.end };
    },
  },
  {
    name: 'ws library',
    group: 'ws',
    async start({ target, node }) {
      const running = start(node, [new URL('wsLibrary.mjs', import.meta.url).pathname, String(target)]);
      return { proto: 'ws', port: Number(await running.firstLine), path: '/', pid: running.pid, end: running.end };
    },
  },
  // Both ask for what OpenSSL asks for by itself, and get TLS 1.3 with AES-256-GCM.
  {
    name: 'sluice tcp-tls',
    group: 'tls',
    start: (context) =>
      sluice(context, `tcp://${local}:0`, `tls://${local}:${context.tlsTarget}`, 'tcp', [
        '--fingerprint',
        context.fingerprint,
      ]),
  },
  {
    name: 'haproxy tcp-tls',
    group: 'tls',
    needs: 'haproxy',
    start: async (context) =>
      haproxy(
        context,
        'tls',
        await freePort(),
        `${local}:${context.tlsTarget} ssl verify required ca-file ${context.cert}`,
      ),
  },
].filter((rival) => rival.needs === undefined || isInstalled(rival.needs));
