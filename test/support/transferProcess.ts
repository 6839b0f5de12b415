// An engine in a process of its own, to be killed: `node test/support/transferProcess.ts CONFIG-JSON`. Signs in by token,
// asks for what the config names, and prints every change of its transfers as a line of JSON.
import { createInProcessHost } from '../../electron/hosts/inProcess/inProcessHost.ts';
import { createNodeDeps } from '../../electron/hosts/nodeDeps.ts';
import { wireVersion } from '../../shared/wire/linkTerms.ts';

interface Config {
  readonly dataDir: string;
  readonly address: string;
  readonly fingerprint: string;
  readonly tokenId: string;
  readonly secret: string;
  readonly bytesPerSecond: number;
  /** Names of uploads by their file. */
  readonly uploads: readonly { readonly path: string; readonly filename: string }[];
  readonly downloads: readonly { readonly path: string; readonly sizeBytes: number }[];
}

const config = JSON.parse(process.argv[2] ?? '{}') as Config;
const quiet = { write: () => {} };
const deps = createNodeDeps({ host: 'in-process', version: 'test', dataDir: config.dataDir, log: quiet });
const page = createInProcessHost(deps).connect();
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

page.on('transfers.changed', ({ transfers }) => {
  for (const { id, name, state, upload, download } of transfers) tell({ id, name, state, upload, download });
});
await page.call('app.hello', { wireVersion });
const { address, fingerprint: acceptFingerprint, tokenId, secret } = config;
const login = await page.call('session.loginWithToken', { address, acceptFingerprint, tokenId, secret });
if (login.kind !== 'signed-in') throw new Error('It was not signed in.');
const { clusterId } = login;
await page.call('transfer.limit', { limits: { parallel: 3, bytesPerSecond: config.bytesPerSecond } });
tell({ ready: true });
for (const { path, filename } of config.uploads) {
  await page.call('transfer.upload', {
    ...{ clusterId, node: 'pve1', storage: 'local', content: 'iso', path, filename, ifExists: 'replace' },
    checksum: { kind: 'compute', algorithm: 'sha256' },
  });
}
for (const { path, sizeBytes } of config.downloads) {
  const filepath = Buffer.from('/var/database.bin').toString('base64');
  const source = { kind: 'file-restore', clusterId, node: 'pve1', storage: 'pbs', volume: 'pbs:x', filepath } as const;
  await page.call('transfer.download', {
    source: { ...source, isFolder: false, sizeBytes },
    path,
    ifExists: 'replace',
  });
}
tell({ asked: true });
