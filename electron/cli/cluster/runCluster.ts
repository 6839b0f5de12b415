import { type CommandContext, runUntilEnded } from '../runCommand.ts';
import { type ClusterCommand, clusterHelp, readClusterCommand } from './clusterArguments.ts';
import { runClusters } from './clustersCommand.ts';
import { runConsole } from './consoleCommand.ts';
import { runGateway } from './gatewayCommand.ts';
import { runGuests } from './guestsCommand.ts';
import { runLogin } from './loginCommand.ts';
import { openInApp } from './openInApp.ts';
import { terminalPrompt } from './secret.ts';

/** Where a command prints. */
export interface CommandIo {
  out(line: string): void;
  err(line: string): void;
}

export const processIo: CommandIo = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
};

/** Runs a verb that talks to a server. Exit codes as of the other commands. */
export async function runCluster(
  argv: readonly string[],
  io: CommandIo = processIo,
  outer?: AbortSignal,
): Promise<number> {
  let command: ClusterCommand | 'help';
  try {
    command = readClusterCommand(argv);
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)} See 'sluice gateway --help'.`);
    return 2;
  }
  if (command === 'help') {
    io.out(clusterHelp);
    return 0;
  }
  const known = command;
  return await runUntilEnded((context) => start(known, context, io), outer);
}

function start(command: ClusterCommand, context: CommandContext, io: CommandIo): Promise<void> {
  const prompt = terminalPrompt();
  switch (command.verb) {
    case 'login':
      return runLogin(command, context, io.out, prompt);
    case 'clusters':
      return runClusters(command, context, io.out);
    case 'guests':
      return runGuests(command, context, io.out, prompt);
    case 'gateway':
      return runGateway(command, context, io.out, prompt, io.err);
    case 'console':
      return command.isTerminal ? runConsole(command, context, prompt) : openInApp(command, context, io.out);
  }
}
