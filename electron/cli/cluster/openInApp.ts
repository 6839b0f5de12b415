import type { ControlAnswer, ControlRequest } from '../../hosts/control/controlMessages.ts';
import { LazyDemo } from '../../hosts/demoCluster.ts';
import { openKeyringVault } from '../../hosts/vaults/keyringVault.ts';
import { findElectron, openBrowser, startElectron } from '../openApp.ts';
import { startPageServer } from '../pageServer.ts';
import type { CommandContext } from '../runCommand.ts';
import type { ClusterCommand } from './clusterArguments.ts';
import { askRunningApp, askStartingApp } from './runningApp.ts';

const STARTED_WITHIN_MS = 30_000; // a desktop app on a slow disk

type ConsoleCommand = Extract<ClusterCommand, { verb: 'console' }>;

/** Opens a guest's console in the app that runs, and starts one where none does. */
export async function openInApp(
  command: ConsoleCommand,
  context: CommandContext,
  print: (line: string) => void,
): Promise<void> {
  const { where, guest, isOpening } = command;
  const { cluster } = where;
  const request: ControlRequest = { kind: 'open-console', guest, ...(cluster !== undefined && { cluster }) };
  const running = await askRunningApp(where, request);
  if (running) {
    await tell(running, command, print);
    return context.end();
  }
  const electron = isOpening ? findElectron() : undefined;
  if (electron === undefined) return await openInOwnServer(command, request, context, print);
  startElectron(electron, where.dataDir);
  const answer = await askStartingApp(where, request, STARTED_WITHIN_MS, context.signal);
  if (!answer) throw new Error('Sluice was started and did not answer. Look at its window, then try again.');
  await tell(answer, command, print);
  context.end();
}

/** The web host in this process, for as long as the command runs. */
async function openInOwnServer(
  command: ConsoleCommand,
  request: ControlRequest,
  { stack, signal }: CommandContext,
  print: (line: string) => void,
): Promise<void> {
  const { dataDir } = command.where;
  const demo = new LazyDemo();
  stack.add('demo cluster', () => demo.close());
  const server = await startPageServer(stack, {
    port: 0,
    startDemo: (product) => demo.start(product),
    vault: await openKeyringVault(),
    ...(dataDir !== undefined && { dataDir }),
  });
  if (signal.aborted) return;
  const answer = await askRunningApp(command.where, request);
  if (!answer) throw new Error('Sluice could not be started here.');
  if (answer.kind === 'failed' && !command.isJson) print(answer.message); // said in the page too, where the person can do something about it
  await tell(
    answer.kind === 'failed' ? { kind: 'done', title: 'Sluice', url: server.newLoginUrl() } : answer,
    command,
    print,
  );
  if (!command.isJson) print('Sluice is served by this command. Ctrl-C ends it.');
}

async function tell(
  answer: ControlAnswer,
  { isJson, isOpening }: ConsoleCommand,
  print: (line: string) => void,
): Promise<void> {
  if (answer.kind === 'failed') throw new Error(answer.message);
  const { title = '', url } = answer;
  const isShown = url === undefined || (isOpening && (await openBrowser(url)));
  if (isJson) print(JSON.stringify({ event: 'opened', title, ...(isShown ? {} : { url }) }));
  else print(isShown ? `${title} is open in Sluice.` : `Open ${url} to see ${title}.  (works once)`);
}
