import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { LazyDemo } from '../hosts/demoCluster.ts';
import type { ServeArguments } from './commandLine.ts';
import { openBrowser } from './openApp.ts';
import { startPageServer } from './pageServer.ts';
import type { CommandContext } from './runCommand.ts';

/** Engine and page for this machine's browser. Settings are kept; a demo cluster starts when the page asks for one. */
export async function runServe(args: ServeArguments, { stack, signal }: CommandContext): Promise<void> {
  const dataDir = dataDirOf(process.env);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const demo = new LazyDemo({ log: (line) => process.stderr.write(`${line}\n`) });
  stack.add('demo cluster', () => demo.close());
  const url = await startPageServer(stack, { port: args.port, dataDir, startDemo: () => demo.start() });
  if (signal.aborted) return;
  if (args.isJson) process.stdout.write(`${JSON.stringify({ event: 'ready', url })}\n`);
  else process.stdout.write(`Sluice is served at ${url}  (works once). Ctrl-C ends it.\n`);
  if (args.isOpening && !(await openBrowser(url))) {
    process.stderr.write(`No browser was found here. Open ${url} in one.\n`);
  }
}

/** Apart from the folder of the Electron app, so that the two never write the same file. */
function dataDirOf(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'sluice-serve');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'sluice-serve');
  return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'sluice-serve');
}
