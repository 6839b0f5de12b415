import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { DemoCluster, Vault } from '../engine/deps.ts';
import { createEngine } from '../engine/engine.ts';
import { answerControl } from '../hosts/control/answerControl.ts';
import { startControlServer } from '../hosts/control/controlServer.ts';
import { defaultDataDir } from '../hosts/dataDir.ts';
import { createNodeDeps } from '../hosts/nodeDeps.ts';
import { readMachinePolicy } from '../hosts/policyFile.ts';
import type { PublicAddress } from '../hosts/web/publicAddress.ts';
import { startWebHost, type WebHost } from '../hosts/web/webHost.ts';
import type { ClosingStack } from './closingStack.ts';
import { version } from './version.ts';

const CLOSE_ENGINE_MS = 2_000; // consoles drain in less; all has 5 s

export interface PageServerOptions {
  readonly port: number;
  readonly dataDir?: string;
  readonly publicAddress?: PublicAddress | undefined;
  readonly linkHeartbeatMs?: number | undefined;
  readonly startDemo: (product: 'pve' | 'pbs') => Promise<DemoCluster>;
  /** Where sign-ins are kept; in memory where absent. */
  readonly vault?: Vault | undefined;
}

const pageDir = join(dirname(fileURLToPath(import.meta.url)), 'page');

/** Starts engine and web host. Both end with the stack. */
export async function startPageServer(stack: ClosingStack, options: PageServerOptions): Promise<WebHost> {
  if (!existsSync(join(pageDir, 'index.html'))) throw new Error('The page is not built. Run npm run build first.');
  const { port, startDemo, publicAddress, linkHeartbeatMs, dataDir, vault } = options;
  const kept = { ...(dataDir !== undefined && { dataDir }), ...(vault && { vault }) };
  const beating = linkHeartbeatMs === undefined ? {} : { linkHeartbeatMs };
  const deps = createNodeDeps({ host: 'web', version, ...kept });
  await deps.documents.claim();
  const { forced, problem } = readMachinePolicy();
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  const engine = createEngine({ ...deps, ...beating, forced, startDemo });
  stack.add('engine', () => engine.close(CLOSE_ENGINE_MS));
  const host = await startWebHost({ engine, pageDir, port, publicAddress });
  stack.add('web host', () => host.close());
  const newUrl = () => host.newLoginUrl();
  const dir = dataDir ?? defaultDataDir();
  const control = await startControlServer(dir, (request) => answerControl(engine, request, { newUrl }));
  if (control) stack.add('control', () => control.close());
  return host;
}
