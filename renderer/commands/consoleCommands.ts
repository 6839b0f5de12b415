import type { ConsoleTarget } from '../../shared/model/console.ts';
import { consoleById, useConsoles } from '../state/consoles.ts';
import { currentDock } from '../state/dock.ts';
import { guestKey, useInventory } from '../state/inventory.ts';
import { popOutOf } from '../state/popOuts.ts';
import { openDialog } from '../state/ui.ts';
import type { ConsoleController } from '../views/console/consoleController.ts';
import { pasteText, saveScreenshot } from '../views/console/ConsoleToolbar.tsx';
import { activeController } from '../views/console/controllers.ts';
import { toggleFullScreen } from '../views/console/fullScreen.tsx';
import { targetName } from '../views/console/targetName.ts';
import { splitOrPick } from '../views/dock/tabMenu.ts';
import { leaveSpan, popOut, putBack } from '../views/popOut/popOutActions.ts';
import { viewerItems } from '../views/viewerActions.ts';
import type { Command } from './command.ts';

const PASTE = 'Ctrl Shift V';

/** About the console in front. Without one they are off, and the menus keep their shape. */
export function consoleCommands(): Command[] {
  const controller = activeController();
  const name = controller ? targetName(controller.params.target) : 'the console';
  return [
    ...screenCommands(controller, name),
    ...viewerCommands(controller?.params.target),
    {
      id: 'console.again',
      title: `Connect ${name} again`,
      label: 'Connect again',
      icon: 'again',
      menu: ['console', 4],
      isOff: !controller,
      run: () => controller?.reopen(),
    },
    ...placeCommands(controller, name),
  ];
}

function sendCtrlAltDelete(controller: ConsoleController | undefined): void {
  if (controller?.view?.kind === 'vnc') controller.view.view.sendCombo(['ControlLeft', 'AltLeft', 'Delete']);
}

function screenCommands(controller: ConsoleController | undefined, name: string): Command[] {
  const state = controller && consoleById(controller.panelId);
  const isScreen = state?.view === 'vnc';
  const isTerminal = state?.view === 'terminal';
  const isOff = !isScreen;
  return [
    {
      id: 'console.ctrlAltDelete',
      title: `Send Ctrl Alt Delete to ${name}`,
      label: 'Send Ctrl Alt Delete',
      icon: 'keys',
      menu: ['console', 1],
      isOff,
      run: () => sendCtrlAltDelete(controller),
    },
    {
      id: 'console.paste',
      title: isTerminal ? `Paste into ${name}` : `Paste into ${name} as keys…`,
      label: isTerminal ? 'Paste' : 'Paste as keys…',
      icon: 'paste',
      keys: PASTE,
      menu: ['console', 1],
      isOff: !state,
      map: ['Consoles', 'Paste as keys'],
      run: () => {
        if (isTerminal && controller) void pasteText(controller);
        else if (state) openDialog({ kind: 'paste', panelId: state.panelId });
      },
    },
    {
      id: 'console.screenshot',
      title: `Take a screenshot of ${name}`,
      label: 'Take a screenshot',
      icon: 'camera',
      menu: ['console', 1],
      isOff: isOff || !state?.hasPicture,
      run: () => controller && void saveScreenshot(controller),
    },
    {
      id: 'console.fit',
      title: `Fit the screen of ${name} to its window`,
      label: 'Fit to the window',
      icon: 'fit',
      menu: ['console', 2],
      isOff,
      isOn: state?.scale === 'fit',
      run: () => controller?.setScale(state?.scale === 'fit' ? 'actual' : 'fit'),
    },
    {
      id: 'console.viewOnly',
      title: state?.isViewOnly ? `Use ${name} again` : `Only look at ${name}`,
      label: 'View only',
      icon: 'eye',
      menu: ['console', 2],
      isOff,
      isOn: state?.isViewOnly ?? false,
      run: () => controller?.setViewOnly(!state?.isViewOnly),
    },
  ];
}

/** For the console in front. Of other guests they are among their actions. */
function viewerCommands(target: ConsoleTarget | undefined): Command[] {
  if (target?.kind !== 'guest') return [];
  const guest = useInventory.getState().guests.get(guestKey(target.clusterId, target.guestId));
  if (!guest) return [];
  return viewerItems(guest)
    .filter(({ offBecause }) => offBecause === undefined)
    .map(({ label, run }) => ({
      id: `console.viewer ${label}`,
      title: label.replace('Open', `Open ${guest.name}`),
      label,
      icon: 'outside',
      menu: ['console', 3],
      run,
    }));
}

function toggleFull(panelId: string, panel: HTMLElement): void {
  if (popOutOf(panelId)?.isSpanning) leaveSpan(panelId);
  else void toggleFullScreen(panel);
}

function placeCommands(controller: ConsoleController | undefined, name: string): Command[] {
  const { activePanelId } = useConsoles.getState();
  const panelId = controller?.panelId ?? '';
  const isAlone = popOutOf(panelId) !== undefined;
  const panel = controller?.element.closest<HTMLElement>('[data-console]');
  return [
    {
      id: 'console.fullScreen',
      title: `Show ${name} in full screen`,
      label: 'Full screen of the console',
      icon: 'fullScreen',
      keys: 'F11',
      menu: ['view', 4],
      isOff: !panel,
      map: ['Consoles', 'Full screen of the console'],
      run: () => panel && toggleFull(panelId, panel),
    },
    {
      id: 'console.split',
      title: 'Split the console to the right',
      icon: 'split',
      keys: 'Ctrl \\',
      menu: ['window', 1],
      isOff: !controller || isAlone,
      map: ['Consoles', 'Split'],
      run: () => splitOrPick(panelId),
    },
    {
      id: 'console.popOut',
      title: isAlone ? `Put ${name} back into the main window` : `Move ${name} to a window of its own`,
      label: isAlone ? 'Put back into the main window' : 'Move to a window of its own',
      icon: isAlone ? 'putBack' : 'popOut',
      keys: 'Ctrl Shift O',
      menu: ['window', 1],
      isOff: !controller,
      map: ['Consoles', 'Into a window of its own, or back'],
      run: () => (isAlone ? putBack(panelId) : popOut(panelId)),
    },
    {
      id: 'tab.close',
      title: controller ? `Close the console of ${name}` : 'Close the tab',
      label: controller ? 'Close the console' : 'Close the tab',
      icon: 'close',
      keys: 'Ctrl W',
      menu: ['file', 8],
      isOff: activePanelId === undefined,
      map: ['Consoles', 'Close the tab (Alt W in a browser)'],
      run: () => activePanelId !== undefined && currentDock()?.close(activePanelId),
    },
  ];
}
