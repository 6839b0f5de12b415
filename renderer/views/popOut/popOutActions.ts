import * as z from 'zod/mini';

import { consoleWindowName } from '../../../shared/wire/consoleWindow.ts';
import { shell } from '../../link/shell.ts';
import { panelIdOf, panelParams, type PanelParams, useConsoles } from '../../state/consoles.ts';
import { currentDock, openConsole } from '../../state/dock.ts';
import { readKept, writeKept } from '../../state/keep.ts';
import { addPopOut, dropPopOut, popOutOf, usePopOuts } from '../../state/popOuts.ts';
import { notify } from '../../state/toasts.ts';
import { closeController, controllerFor, controllerOf } from '../console/controllers.ts';
import { ConsoleWindow } from './consoleWindow.ts';

const KEPT = 'pop-outs';
const windows = new Map<string, ConsoleWindow>();
const opening = new Set<string>();
let isLeaving = false;

/** Moves a console out of the main window into one of its own; its stream goes on. */
export function popOut(panelId: string, at?: { x: number; y: number }): void {
  const controller = controllerOf(panelId);
  if (controller) void open(controller.params, at);
}

async function open(params: PanelParams, at?: { x: number; y: number }): Promise<void> {
  const panelId = panelIdOf(params);
  if (popOutOf(panelId) || opening.has(panelId)) return;
  const opened = ConsoleWindow.open(consoleWindowName(panelId), at);
  if (!opened) {
    notify({ kind: 'failed', text: 'The browser did not allow a window. Allow pop-ups for this address.' });
    if (!controllerOf(panelId)) openConsole(params);
    return;
  }
  opening.add(panelId);
  await opened.ready;
  opening.delete(panelId);
  windows.set(panelId, opened);
  opened.onClose(() => handleClosed(panelId));
  controllerFor(params);
  addPopOut({ panelId, params, window: opened.window });
  currentDock()?.dropTab(panelId);
  focusPopOut(panelId);
}

/** Back among the tabs of the main window. */
export function putBack(panelId: string): void {
  const popped = popOutOf(panelId);
  if (!popped) return;
  const window = windows.get(panelId);
  windows.delete(panelId);
  dropPopOut(panelId);
  const controller = controllerFor(popped.params);
  document.adoptNode(controller.element); // before its document goes
  shell()?.showMain();
  openConsole(popped.params);
  window?.dispose();
}

export function closePopOut(panelId: string): void {
  windows.get(panelId)?.dispose();
  handleClosed(panelId);
}

/** The window's end is the console's, as a tab's is. */
function handleClosed(panelId: string): void {
  if (isLeaving) return; // the next page of this window opens it again
  windows.delete(panelId);
  dropPopOut(panelId);
  closeController(panelId);
}

export function focusPopOut(panelId: string): void {
  popOutOf(panelId)?.window.focus();
  usePopOuts.setState({ frontPanelId: panelId });
  useConsoles.setState({ activePanelId: panelId });
  controllerOf(panelId)?.focus();
}

/** Opens again what stood in windows of its own, and keeps what does. A browser allows no windows unasked. */
export function keepPopOuts(): () => void {
  const before = readKept(KEPT, z.array(panelParams), []);
  for (const params of before) {
    if (shell()) void open(params);
    else openConsole(params);
  }
  const stop = usePopOuts.subscribe(({ list }, last) => {
    if (list !== last.list && !isLeaving)
      writeKept(
        KEPT,
        list.map(({ params }) => params),
      );
  });
  const handleFocus = () => {
    usePopOuts.setState({ frontPanelId: undefined });
    const dock = currentDock();
    if (dock) useConsoles.setState({ activePanelId: dock.activePanelId() });
  };
  const handleLeave = () => {
    isLeaving = true;
    for (const window of windows.values()) window.dispose();
  };
  window.addEventListener('focus', handleFocus);
  window.addEventListener('pagehide', handleLeave);
  return () => {
    stop();
    window.removeEventListener('focus', handleFocus);
    window.removeEventListener('pagehide', handleLeave);
  };
}
