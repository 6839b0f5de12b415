import { currentDock, type Direction } from '../state/dock.ts';
import { shell } from '../link/shell.ts';
import { setUi, openDialog, useUi } from '../state/ui.ts';
import { focusArea } from '../shell/areas.ts';
import { activeController } from '../views/console/controllers.ts';
import type { Command } from './command.ts';

const arrows: readonly (readonly [string, Direction])[] = [
  ['←', 'left'],
  ['→', 'right'],
  ['↑', 'up'],
  ['↓', 'down'],
];

const minor = { isMinor: true, icon: 'right' } as const;

/** From place to place by keys. */
export function goCommands(): Command[] {
  return [
    {
      id: 'go.palette',
      title: 'Guests, tasks and commands',
      label: 'Guests, tasks and commands…',
      ...minor,
      keys: 'Ctrl K',
      menu: ['edit', 1],
      map: ['Find', 'Guests, tasks and commands'],
      run: () => openDialog({ kind: 'palette', text: '', beside: false }),
    },
    {
      id: 'go.find',
      title: 'Find',
      label: 'Find or filter',
      ...minor,
      keys: 'Ctrl F',
      menu: ['edit', 1],
      map: ['Find', 'Filter the inventory or the monitor, find in the terminal or the log'],
      run: find,
    },
    ...menuCommand(),
    {
      id: 'go.nextArea',
      title: 'Next area',
      ...minor,
      keys: 'F6',
      menu: ['window', 3],
      map: ['Areas', 'Next area'],
      run: () => focusArea(1),
    },
    {
      id: 'go.previousArea',
      title: 'Previous area',
      ...minor,
      keys: 'Shift F6',
      menu: ['window', 3],
      map: ['Areas', 'Previous area'],
      run: () => focusArea(-1),
    },
    {
      id: 'go.lastTab',
      title: 'Last used tab',
      ...minor,
      keys: 'Ctrl Tab',
      menu: ['window', 2],
      map: ['Consoles', 'Last used tab'],
      isOfMain: true,
      run: () => currentDock()?.activateLastUsed(),
    },
    ...tabCommands(),
    ...splitCommands(),
  ];
}

/** Where the system shows no menu bar, a button does. */
function menuCommand(): Command[] {
  const bridge = shell();
  if (!bridge || bridge.platform === 'darwin') return [];
  return [
    {
      id: 'go.menu',
      title: 'Menu',
      ...minor,
      keys: 'F10',
      map: ['Find', 'Menu of the window'],
      run: () => bridge.popUpMenu({ x: 8, y: 36 }),
    },
  ];
}

function tabCommands(): Command[] {
  return Array.from({ length: 9 }, (_, at): Command => {
    const number = at + 1;
    return {
      id: `go.tab ${number}`,
      title: number === 9 ? 'Last tab' : `Tab ${number}`,
      ...minor,
      keys: `Ctrl ${number}`,
      ...(number === 1 && { map: ['Consoles', 'Tab of the group, up to 8; 9 is the last'] }),
      isOfMain: true,
      run: () => currentDock()?.activateTab(number),
    };
  });
}

function splitCommands(): Command[] {
  return arrows.flatMap(([arrow, direction]): Command[] => [
    {
      id: `go.split ${direction}`,
      title: `Split ${direction}`,
      ...minor,
      keys: `Ctrl Alt ${arrow}`,
      ...(arrow === '←' && { map: ['Consoles', 'Focus the split on that side'] }),
      isOfMain: true,
      run: () => currentDock()?.focusGroup(direction),
    },
    {
      id: `go.moveTab ${direction}`,
      title: `Move the tab ${direction}`,
      ...minor,
      keys: `Ctrl Alt Shift ${arrow}`,
      ...(arrow === '←' && { map: ['Consoles', 'Move the tab there'] }),
      isOfMain: true,
      run: () => currentDock()?.moveTab(direction),
    },
  ]);
}

/** In a terminal the text it printed, among tasks and logs these, elsewhere the inventory. */
function find(): void {
  const controller = activeController();
  const panel = controller?.element.closest<HTMLElement>('[data-console]');
  const own = document.activeElement?.closest('[data-find]');
  const isInPanel = panel?.contains(panel.ownerDocument.activeElement) || panel?.ownerDocument !== document;
  if (panel && controller?.params.view === 'terminal' && isInPanel) panel.dispatchEvent(new CustomEvent('sluice-find'));
  else if (own) own.dispatchEvent(new CustomEvent('sluice-find'));
  else focusFilter();
}

function focusFilter(): void {
  const { isNarrow } = useUi.getState();
  setUi(isNarrow ? { over: 'inventory' } : { hasSidebar: true });
  requestAnimationFrame(() => {
    const field = document.getElementById('tree-filter');
    if (!(field instanceof HTMLInputElement)) return;
    field.focus();
    field.select();
  });
}
