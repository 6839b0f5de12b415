#!/usr/bin/env node
// The `sluice` command. Exit codes: 0 done or told to end, 1 failed, 2 the command line is wrong.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { clusterVerbs } from './cluster/clusterArguments.ts';
import { runCluster } from './cluster/runCluster.ts';
import { helpText, readCommandLine } from './commandLine.ts';
import { runDemo } from './demoCommand.ts';
import { runPbs } from './pbs/listCommand.ts';
import { runRestore } from './pbs/restoreCommand.ts';
import { runRelay } from './relayCommand.ts';
import { runUntilEnded } from './runCommand.ts';
import { runServe } from './serveCommand.ts';
import { runTasks } from './tasks/runTasks.ts';
import { taskVerbs } from './tasks/taskArguments.ts';
import { runUpload } from './upload/uploadCommand.ts';
import { version } from './version.ts';

/** Runs what follows `sluice` and resolves with the exit code. `outer` ends a running command like SIGTERM does. */
export async function main(argv: readonly string[], outer?: AbortSignal): Promise<number> {
  if (argv[0] === 'pbs') return await runPbs(argv.slice(1), undefined, outer);
  if (argv[0] === 'restore') return await runRestore(argv.slice(1), undefined, outer);
  if (argv[0] === 'relay') return await runRelay(argv.slice(1), undefined, outer);
  if (taskVerbs.has(argv[0] ?? '')) return await runTasks(argv, undefined, outer);
  if (argv[0] === 'upload') return await runUpload(argv, undefined, outer);
  if (clusterVerbs.has(argv[0] ?? '')) return await runCluster(argv, undefined, outer);
  const line = readCommandLine(argv);
  switch (line.command) {
    case 'help':
      process.stdout.write(helpText);
      return 0;
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    case 'wrong':
      process.stderr.write(`${line.reason}\n`);
      return 2;
    case 'demo':
      return await runUntilEnded((context) => runDemo(line, context), outer);
    case 'serve':
      return await runUntilEnded((context) => runServe(line, context), outer);
  }
}

// In an installed app the shell calls `main`, and the second argument is a switch of its own.
const script = process.versions.electron === undefined ? process.argv[1] : undefined;
if (script !== undefined && realpathSync(script) === fileURLToPath(import.meta.url)) {
  process.stdout.on('error', () => {}); // whoever read us is gone; the command goes on until it is told to end
  process.exit(await main(process.argv.slice(2)));
}
