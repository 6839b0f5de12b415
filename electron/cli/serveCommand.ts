import { LazyDemo } from '../hosts/demoCluster.ts';
import { openKeyringVault } from '../hosts/vaults/keyringVault.ts';
import type { ServeArguments } from './commandLine.ts';
import { openBrowser } from './openApp.ts';
import { startPageServer } from './pageServer.ts';
import type { CommandContext } from './runCommand.ts';

/** Engine and page for this machine's browser. Settings are kept; a demo cluster starts when the page asks for one. */
export async function runServe(args: ServeArguments, { stack, signal }: CommandContext): Promise<void> {
  const demo = new LazyDemo({ log: (line) => process.stderr.write(`${line}\n`) });
  stack.add('demo cluster', () => demo.close());
  const { port, publicAddress, linkHeartbeatMs } = args;
  const host = await startPageServer(stack, {
    port,
    publicAddress,
    linkHeartbeatMs,
    startDemo: (product) => demo.start(product),
    vault: await openKeyringVault(),
  });
  if (signal.aborted) return;
  const { url, listensAt } = host;
  offerMoreAddresses(stack, () => tellAddress(args, host.newLoginUrl()));
  if (args.isJson) process.stdout.write(`${JSON.stringify({ event: 'ready', url, listensAt })}\n`);
  else {
    const behind = publicAddress ? ` The proxy of ${publicAddress.origin} is to reach it at ${listensAt}.` : '';
    process.stdout.write(`Sluice is served at ${url}  (works once).${behind} Ctrl-C ends it.\n`);
  }
  if (args.isOpening && !(await openBrowser(url))) {
    process.stderr.write(`No browser was found here. Open ${url} in one.\n`);
  }
}

function tellAddress(args: ServeArguments, url: string): void {
  if (args.isJson) process.stdout.write(`${JSON.stringify({ event: 'address', url })}\n`);
  else process.stdout.write(`Another address: ${url}  (works once).\n`);
}

/** For other browsers, also where it runs as a service. Windows has no such signal. */
function offerMoreAddresses(stack: CommandContext['stack'], tellAnother: () => void): void {
  if (process.platform === 'win32') return;
  process.on('SIGUSR2', tellAnother);
  stack.add('signal', () => void process.removeListener('SIGUSR2', tellAnother));
}
