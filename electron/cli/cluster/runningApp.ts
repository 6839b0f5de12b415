import { sleep } from '../../../shared/base/abort.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { askControl } from '../../hosts/control/controlClient.ts';
import type { ControlAnswer, ControlRequest } from '../../hosts/control/controlMessages.ts';
import { controlPath } from '../../hosts/control/controlPath.ts';
import { appDataDir, defaultDataDir } from '../../hosts/dataDir.ts';
import type { ClusterOptions } from './clusterArguments.ts';

const LOOK_AGAIN_MS = 250;

/** Where an app of this user may listen: of the folder that is named, else the desktop app before the web host. */
const foldersOf = ({ dataDir }: Pick<ClusterOptions, 'dataDir'>): string[] =>
  dataDir === undefined ? [appDataDir(), defaultDataDir()] : [dataDir];

/** The answer of the first app that runs. Undefined where none does. */
export async function askRunningApp(
  where: Pick<ClusterOptions, 'dataDir'>,
  request: ControlRequest,
): Promise<ControlAnswer | undefined> {
  for (const folder of foldersOf(where)) {
    const answer = await askControl(controlPath(folder), request);
    if (answer) return answer;
  }
  return undefined;
}

/** The same of an app that is starting. */
export async function askStartingApp(
  where: Pick<ClusterOptions, 'dataDir'>,
  request: ControlRequest,
  withinMs: number,
  signal: AbortSignal,
): Promise<ControlAnswer | undefined> {
  const untilMs = systemClock.nowMs() + withinMs;
  while (systemClock.nowMs() < untilMs) {
    const answer = await askRunningApp(where, request);
    if (answer) return answer;
    await sleep(systemClock, LOOK_AGAIN_MS, signal);
  }
  return undefined;
}
