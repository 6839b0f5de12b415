import { consoleById } from '../../state/consoles.ts';
import { currentDock, isOffered, openConsole } from '../../state/dock.ts';
import { whyNoConsole } from '../../state/privileges.ts';
import { openDialog } from '../../state/ui.ts';
import type { MenuGroup } from '../../widgets/Menu.tsx';
import { controllerOf } from '../console/controllers.ts';
import { popOut } from '../popOut/popOutActions.ts';

/** Splits a console off to the right; alone in its group, it asks for another one to stand beside it. */
export function splitOrPick(panelId: string): void {
  if (!currentDock()?.split(panelId)) openDialog({ kind: 'palette', text: '@', beside: true });
}

export function tabMenu(panelId: string): readonly MenuGroup[] {
  const state = consoleById(panelId);
  const other = state?.view === 'vnc' ? 'terminal' : 'vnc';
  return [
    {
      items: [
        ...(state && state.target.kind === 'guest' && isOffered(state.target, other)
          ? [
              {
                label: other === 'terminal' ? 'Open its terminal' : 'Open its screen',
                icon: other === 'terminal' ? ('terminal' as const) : ('vm' as const),
                offBecause: whyNoConsole(state.target),
                run: () => openConsole({ target: state.target, view: other }),
              },
            ]
          : []),
        { label: 'Connect again', icon: 'again', run: () => controllerOf(panelId)?.reopen() },
      ],
    },
    {
      items: [
        { label: 'Split to the right', icon: 'split', keys: 'Ctrl \\', run: () => splitOrPick(panelId) },
        { label: 'Move to a window of its own', icon: 'popOut', keys: 'Ctrl Shift O', run: () => popOut(panelId) },
      ],
    },
    {
      items: [
        { label: 'Close', icon: 'close', keys: 'Ctrl W', run: () => currentDock()?.close(panelId) },
        { label: 'Close others', run: () => currentDock()?.closeOthers(panelId) },
      ],
    },
  ];
}
