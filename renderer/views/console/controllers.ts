import { systemClock } from '../../../shared/base/clock.ts';
import { type PanelParams, panelIdOf, useConsoles } from '../../state/consoles.ts';
import { ConsoleController } from './consoleController.ts';

/** All consoles of this window, by panel. They outlive their panel's place: a move between groups is not a close. */
const controllers = new Map<string, ConsoleController>();

export function controllerFor(params: PanelParams): ConsoleController {
  const id = panelIdOf(params);
  const known = controllers.get(id);
  if (known) return known;
  const made = new ConsoleController(params, systemClock);
  controllers.set(id, made);
  return made;
}

export const controllerOf = (panelId: string) => controllers.get(panelId);

export function activeController(): ConsoleController | undefined {
  const { activePanelId } = useConsoles.getState();
  return activePanelId === undefined ? undefined : controllers.get(activePanelId);
}

export function closeController(panelId: string): void {
  controllers.get(panelId)?.dispose();
  controllers.delete(panelId);
}
