import { shell } from '../link/shell.ts';
import { popOutOf } from '../state/popOuts.ts';
import { askScreens, hasUnknownScreens, useScreens } from '../state/screens.ts';
import { activeController } from '../views/console/controllers.ts';
import { targetName } from '../views/console/targetName.ts';
import { fullScreenOn, spanScreens } from '../views/popOut/popOutActions.ts';
import type { Command } from './command.ts';

/** The console in front on another monitor than this one, or on all of them. */
export function screenCommands(): Command[] {
  if (hasUnknownScreens()) {
    return [
      {
        id: 'screens.ask',
        title: 'Look for other monitors',
        icon: 'fullScreen',
        menu: ['view', 5],
        run: () => void askScreens(),
      },
    ];
  }
  const { list } = useScreens.getState();
  const controller = activeController();
  if (list.length < 2 || !controller) return [];
  const { panelId } = controller;
  const name = targetName(controller.params.target);
  // A Mac gives every monitor a space of its own, and a browser no window larger than one.
  const canSpan = shell() && shell()?.platform !== 'darwin' && !popOutOf(panelId)?.isSpanning;
  return [
    ...list.map(
      (screen, at): Command => ({
        id: `screens.full ${at}`,
        title: `Show ${name} in full screen on ${screen.name}`,
        label: `Full screen on ${screen.name}`,
        icon: 'fullScreen',
        menu: ['view', 5],
        run: () => void fullScreenOn(panelId, screen),
      }),
    ),
    ...(canSpan
      ? [
          {
            id: 'screens.span',
            title: `Show ${name} over all monitors`,
            label: 'Over all monitors',
            icon: 'fullScreen',
            menu: ['view', 5],
            run: () => void spanScreens(panelId),
          } satisfies Command,
        ]
      : []),
  ];
}
