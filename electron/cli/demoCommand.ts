import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { demoClusterOf, LazyDemo } from '../hosts/demoCluster.ts';
import type { Lab } from '../lab/lab.ts';
import type { DemoArguments } from './commandLine.ts';
import { findElectron, openBrowser, openElectron } from './openApp.ts';
import { startPageServer } from './pageServer.ts';
import type { CommandContext } from './runCommand.ts';

/** Lab, engine and page in this process; nothing of it is kept. */
export async function runDemo(args: DemoArguments, context: CommandContext): Promise<void> {
  const { stack, signal } = context;
  const dataDir = await makeTemporaryDir(stack);
  const demo = newDemo(args, context);
  const lab = await demo.startLab();
  if (signal.aborted) return;
  const startDemo = (product: 'pve' | 'pbs') => demo.start(product);
  const { url } = await startPageServer(stack, { port: args.port, dataDir, startDemo });
  if (signal.aborted) return;
  report(args, lab, url);
  if (args.isOpening) await openDemo(url, lab, dataDir, context);
}

async function makeTemporaryDir(stack: CommandContext['stack']): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  process.once('exit', remove); // also where something else had to be ended by force
  stack.add('temporary files', remove);
  return dataDir;
}

function newDemo(args: DemoArguments, { stack }: CommandContext): LazyDemo {
  const demo = new LazyDemo({
    log: (line) => process.stderr.write(`${line}\n`),
    qemu: true,
    ...(args.guests === undefined ? {} : { guests: args.guests }),
  });
  stack.add('demo cluster', () => demo.close());
  return demo;
}

function report(args: DemoArguments, lab: Lab, url: string): void {
  const { baseUrl: api, username, password, fingerprint } = lab;
  if (args.isJson) {
    process.stdout.write(`${JSON.stringify({ event: 'ready', url, api, username, password, fingerprint })}\n`);
    return;
  }
  process.stdout.write(
    [
      'The Sluice demo is running. Ctrl-C ends it.',
      `  page         ${url}  (works once)`,
      `  server       ${api}`,
      `  user         ${username}`,
      `  password     ${password}`,
      `  fingerprint  ${fingerprint}`,
      '',
    ].join('\n'),
  );
}

/** Electron where it can run, else the browser. Closing Electron's window ends the demo. */
async function openDemo(url: string, lab: Lab, dataDir: string, context: CommandContext): Promise<void> {
  const electron = findElectron();
  if (electron === undefined) return openInBrowser(url);
  const child = openElectron(electron, { dataDir: join(dataDir, 'electron'), demo: demoClusterOf(lab) });
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(1));
  });
  context.stack.add('Electron', async () => {
    child.kill('SIGTERM');
    await exited;
  });
  const code = await exited;
  if (context.signal.aborted) return;
  if (code === 0) context.end();
  else await openInBrowser(url);
}

async function openInBrowser(url: string): Promise<void> {
  if (!(await openBrowser(url))) process.stderr.write(`No browser was found here. Open ${url} in one.\n`);
}
