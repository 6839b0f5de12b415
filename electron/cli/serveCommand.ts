import { LazyDemo } from '../hosts/demoCluster.ts';
import type { ServeArguments } from './commandLine.ts';
import { openBrowser } from './openApp.ts';
import { startPageServer } from './pageServer.ts';
import type { CommandContext } from './runCommand.ts';

/** Engine and page for this machine's browser. Settings are kept; a demo cluster starts when the page asks for one. */
export async function runServe(args: ServeArguments, { stack, signal }: CommandContext): Promise<void> {
  const demo = new LazyDemo({ log: (line) => process.stderr.write(`${line}\n`) });
  stack.add('demo cluster', () => demo.close());
  const url = await startPageServer(stack, { port: args.port, startDemo: () => demo.start() });
  if (signal.aborted) return;
  if (args.isJson) process.stdout.write(`${JSON.stringify({ event: 'ready', url })}\n`);
  else process.stdout.write(`Sluice is served at ${url}  (works once). Ctrl-C ends it.\n`);
  if (args.isOpening && !(await openBrowser(url))) {
    process.stderr.write(`No browser was found here. Open ${url} in one.\n`);
  }
}
