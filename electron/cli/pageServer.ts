import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { DemoCluster } from '../engine/deps.ts';
import { createEngine } from '../engine/engine.ts';
import { createNodeDeps } from '../hosts/nodeDeps.ts';
import { startWebHost } from '../hosts/web/webHost.ts';
import type { ClosingStack } from './closingStack.ts';
import { version } from './version.ts';

const CLOSE_ENGINE_MS = 2_000; // consoles drain in less; all has 5 s

const pageDir = join(dirname(fileURLToPath(import.meta.url)), 'page');

/** Starts engine and web host. Both end with the stack. Returns the one-time login URL. */
export async function startPageServer(
  stack: ClosingStack,
  options: { port: number; dataDir?: string; startDemo: () => Promise<DemoCluster> },
): Promise<string> {
  if (!existsSync(join(pageDir, 'index.html'))) throw new Error('The page is not built. Run npm run build first.');
  const { port, startDemo, ...kept } = options;
  const engine = createEngine({ ...createNodeDeps({ host: 'web', version, ...kept }), startDemo });
  stack.add('engine', () => engine.close(CLOSE_ENGINE_MS));
  const host = await startWebHost({ engine, pageDir, port });
  stack.add('web host', () => host.close());
  return host.url;
}
