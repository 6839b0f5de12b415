import { consoleById, type PanelParams, panelIdOf } from '../../state/consoles.ts';
import { openConsole } from '../../state/dock.ts';
import { useLaunches } from '../../state/launches.ts';
import { controllerOf } from '../console/controllers.ts';

/** Shows a console of no cluster. One that had given up tries again: it may have another password now. */
export function openEndpoint({ target, view }: PanelParams): void {
  useLaunches.setState({ hasEndpoint: true });
  const panelId = panelIdOf({ target, view });
  openConsole({ target, view });
  if (consoleById(panelId)?.phase === 'stopped') controllerOf(panelId)?.tryNow();
}
