import { useConsoles } from '../state/consoles.ts';
import { currentDock, type Direction, openPage } from '../state/dock.ts';
import { popOutOf } from '../state/popOuts.ts';
import { shell } from '../link/shell.ts';
import { openDialog, setUi, toggleBottom, toggleSidebar, useUi } from '../state/ui.ts';
import { pasteText } from '../views/console/ConsoleToolbar.tsx';
import { activeController } from '../views/console/controllers.ts';
import { toggleFullScreen } from '../views/console/fullScreen.tsx';
import { popOut, putBack } from '../views/popOut/popOutActions.ts';
import { splitOrPick } from '../views/dock/tabMenu.ts';
import { isMac } from '../widgets/Kbd.tsx';
import { focusArea } from './areas.ts';

const directions: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

/** A key as the shortcuts see it; `hasMod` is Ctrl (Cmd on a Mac), or the release key held over a console. */
export interface KeyChord {
  readonly key: string;
  readonly code: string;
  readonly hasMod: boolean;
  readonly hasAlt: boolean;
  readonly hasShift: boolean;
}

export function chordOf(event: KeyboardEvent, isReleaseHeld: boolean): KeyChord {
  const hasMod = isReleaseHeld || (isMac ? event.metaKey : event.ctrlKey);
  return { key: event.key, code: event.code, hasMod, hasAlt: event.altKey, hasShift: event.shiftKey };
}

/** The shortcut's deed; undefined where the key is none. */
export function shortcutFor(chord: KeyChord): (() => void) | undefined {
  const { key, code, hasMod, hasAlt, hasShift } = chord;
  if (key === 'F1') return () => openDialog({ kind: 'keys' });
  if (key === 'F6') return () => focusArea(hasShift ? -1 : 1);
  if (key === 'F11') return fullScreen;
  if (hasAlt && !hasMod && code === 'KeyW') return closeTab;
  if (!hasMod) return undefined;
  const direction = directions[key];
  if (hasAlt) {
    if (!direction) return undefined;
    return () => (hasShift ? currentDock()?.moveTab(direction) : currentDock()?.focusGroup(direction));
  }
  if (hasShift) return shifted[code];
  if (key === 'Tab') return () => currentDock()?.activateLastUsed();
  const digit = /^Digit([1-9])$/.exec(code)?.[1];
  if (digit) return () => currentDock()?.activateTab(Number(digit));
  return letters[code]?.();
}

const shifted: Record<string, () => void> = {
  KeyV: () => pasteAsKeys(),
  KeyM: () => openPage('monitor'),
  KeyO: () => popOutOrBack(),
};

/** Asked first whether they apply now; what does not apply is left to the browser. */
const letters: Record<string, () => (() => void) | undefined> = {
  KeyK: () => () => openDialog({ kind: 'palette', text: '', beside: false }),
  KeyB: () => toggleSidebar,
  KeyJ: () => toggleBottom,
  KeyF: () => find,
  KeyW: () => closeTab,
  // A browser keeps this one for a new window.
  KeyN: () => (shell() ? () => openDialog({ kind: 'sign-in' }) : undefined),
  Backslash: () => () => {
    const controller = activeController();
    if (controller) splitOrPick(controller.panelId);
  },
  IntlBackslash: () => letters['Backslash']?.(),
};

function closeTab(): void {
  const { activePanelId } = useConsoles.getState();
  if (activePanelId !== undefined) currentDock()?.close(activePanelId);
}

function popOutOrBack(): void {
  const { activePanelId } = useConsoles.getState();
  if (activePanelId === undefined) return;
  if (popOutOf(activePanelId)) putBack(activePanelId);
  else popOut(activePanelId);
}

function pasteAsKeys(): void {
  const controller = activeController();
  if (controller?.params.view === 'terminal') void pasteText(controller);
  else if (controller) openDialog({ kind: 'paste', panelId: controller.panelId });
}

function panelElement(): HTMLElement | undefined {
  const controller = activeController();
  return controller?.element.closest<HTMLElement>('[data-console]') ?? undefined;
}

function fullScreen(): void {
  const panel = panelElement();
  if (panel) void toggleFullScreen(panel);
}

/** In a terminal the text it printed, among tasks and logs these, elsewhere the inventory. */
function find(): void {
  const panel = panelElement();
  const own = document.activeElement?.closest('[data-find]');
  const isInTerminal =
    activeController()?.params.view === 'terminal' && panel?.contains(panel.ownerDocument.activeElement);
  if (isInTerminal) panel?.dispatchEvent(new CustomEvent('sluice-find'));
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
