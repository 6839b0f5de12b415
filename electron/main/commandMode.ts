import { app } from 'electron';

const SWITCH = '--command';

/** What follows `--command`, as the `sluice` script on the path says it; undefined where the app is to open. */
export function commandArguments(argv: readonly string[]): readonly string[] | undefined {
  const at = argv.indexOf(SWITCH);
  // Only switches of Chromium come before it: a file or a link that is opened cannot turn the app into a command.
  const isFirst = at > 0 && argv.slice(1, at).every((argument) => argument.startsWith('--'));
  return isFirst ? argv.slice(at + 1) : undefined;
}

/** Runs the command of dist/cli.mjs in this process, without a window, and ends with its exit code. */
export async function runCommand(commandLine: readonly string[]): Promise<void> {
  app.dock?.hide();
  process.stdout.on('error', () => {}); // whoever read us is gone; the command goes on until it is told to end
  const cli = (await import(new URL('cli.mjs', import.meta.url).href)) as {
    main(argv: readonly string[]): Promise<number>;
  };
  app.exit(await cli.main(commandLine));
}
