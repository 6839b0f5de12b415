import { resolve } from 'node:path';

const MOST_CHARACTERS = 4096;

/**
 * The links and connection files among a command line's arguments: what the system adds when one is opened. A path is
 * made absolute from `directory`, where the command was given. Anything else is not for the engine.
 */
export function launchArguments(argv: readonly string[], directory: string): string[] {
  return argv
    .slice(1)
    .filter((argument) => !argument.startsWith('-') && argument.length <= MOST_CHARACTERS)
    .flatMap((argument) => {
      if (/^sluice:/i.test(argument)) return [argument];
      return /\.vv$/i.test(argument) ? [resolve(directory, argument)] : [];
    });
}
