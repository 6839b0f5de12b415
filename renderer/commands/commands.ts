import { backupCommands, clusterCommands, startCommands, windowCommands } from './appCommands.ts';
import type { Command } from './command.ts';
import { consoleCommands } from './consoleCommands.ts';
import { goCommands } from './goCommands.ts';
import { screenCommands } from './screenCommands.ts';

/** Everything that can be done, the console in front first. The one list of it. */
export function commands(): Command[] {
  return [
    ...consoleCommands(),
    ...clusterCommands(),
    ...backupCommands(),
    ...startCommands(),
    ...windowCommands(),
    ...screenCommands(),
    ...goCommands(),
  ];
}
