import * as z from 'zod/mini';

import { consoleWindowName, type WindowWish } from '../../../shared/wire/consoleWindow.ts';
import { shell } from '../../link/shell.ts';
import { panelIdOf, panelParams, type PanelParams, useConsoles } from '../../state/consoles.ts';
import { currentDock, openConsole } from '../../state/dock.ts';
import { readKept, writeKept } from '../../state/keep.ts';
import { addPopOut, dropPopOut, popOutOf, usePopOuts } from '../../state/popOuts.ts';
import { askScreens, hasUnknownScreens, type ScreenPlace, unionOf, useScreens } from '../../state/screens.ts';
import { notify } from '../../state/toasts.ts';
import { closeController, controllerFor, controllerOf } from '../console/controllers.ts';
import { toggleFullScreen } from '../console/fullScreen.tsx';
import { ConsoleWindow } from './consoleWindow.ts';

const KEPT = 'pop-outs';
const INSET_PX = 40; // well within the display
const SETTLE_FRAMES = 4;

const windows = new Map<string, ConsoleWindow>();
/** Those that had a window before they were spread over all displays. */
const wereAlone = new Set<string>();
const opening = new Set<string>();
let isLeaving = false;

/** Moves a console out of the main window into one of its own; its stream goes on. */
export function popOut(panelId: string, at?: { x: number; y: number }): void {
  const controller = controllerOf(panelId);
  if (controller) void open(controller.params, at);
}

async function open(params: PanelParams, at?: WindowWish, isSpanning = false): Promise<void> {
  const panelId = panelIdOf(params);
  const before = popOutOf(panelId);
  if ((before && before.isSpanning === isSpanning) || opening.has(panelId)) return;
  const opened = ConsoleWindow.open(consoleWindowName(panelId, isSpanning), at);
  if (!opened) {
    notify({ kind: 'failed', text: 'The browser did not allow a window. Allow pop-ups for this address.' });
    if (!controllerOf(panelId)) openConsole(params);
    return;
  }
  opening.add(panelId);
  await opened.ready;
  opening.delete(panelId);
  const last = windows.get(panelId);
  windows.set(panelId, opened);
  opened.onClose(() => handleClosed(panelId));
  const controller = controllerFor(params);
  if (last) document.adoptNode(controller.element); // before its document goes
  addPopOut({ panelId, params, window: opened.window, isSpanning });
  last?.dispose();
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

/** In full screen on a display of the person's choice. A tab gets a window for it, and is a tab again afterwards. */
export async function fullScreenOn(panelId: string, screen: ScreenPlace): Promise<void> {
  const controller = controllerOf(panelId);
  if (!controller) return;
  const wasTab = popOutOf(panelId) === undefined;
  const at = { x: screen.left + INSET_PX, y: screen.top + INSET_PX };
  if (wasTab) await open(controller.params, at);
  const own = popOutOf(panelId)?.window;
  if (!own) return;
  if (!wasTab) {
    if (own.document.fullscreenElement) await own.document.exitFullscreen();
    own.moveTo(at.x, at.y);
  }
  await framesIn(own, SETTLE_FRAMES);
  const panel = controller.element.closest<HTMLElement>('[data-console]');
  if (!panel) return;
  try {
    await toggleFullScreen(panel);
  } catch {
    return void notify({ kind: 'info', text: `${screen.name} shows the console. Press F11 there for full screen.` });
  }
  const handleChange = () => {
    if (own.document.fullscreenElement) return;
    own.document.removeEventListener('fullscreenchange', handleChange);
    if (wasTab) putBack(panelId);
  };
  own.document.addEventListener('fullscreenchange', handleChange);
}

/** One picture over all displays, without anything around it. */
export async function spanScreens(panelId: string): Promise<void> {
  const controller = controllerOf(panelId);
  const { list } = useScreens.getState();
  if (!controller || list.length === 0) return;
  if (popOutOf(panelId)) wereAlone.add(panelId);
  await open(controller.params, unionOf(list), true);
}

/** Back to the window or the tab that it was. */
export function leaveSpan(panelId: string): void {
  const popped = popOutOf(panelId);
  if (popped && wereAlone.delete(panelId)) void open(popped.params);
  else putBack(panelId);
}

/** Waits until so many frames of the window were painted, and what React put there stands. */
function framesIn(own: Window, count: number): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : own.requestAnimationFrame(() => next(left - 1)));
    next(count);
  });
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
  if (shell() && hasUnknownScreens()) void askScreens();
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
