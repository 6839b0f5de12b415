import { useEffect } from 'react';

import { useConsoles } from '../state/consoles.ts';
import { useSettings } from '../state/settings.ts';
import { useUi } from '../state/ui.ts';
import { activeController } from '../views/console/controllers.ts';
import { chordOf, shortcutFor } from '../commands/shortcuts.ts';

/**
 * The window's shortcuts. They come before whatever has the focus, with one exception: a console that has the keys. It
 * lets only those events through that its release key was held for; those are met on their way back up.
 */
export function useShortcuts(): void {
  useEffect(() => listenForShortcuts(window), []);
  useEffect(() => useConsoles.subscribe(landFocus), []);
}

/** The same in a console's own window. Returns what ends it. */
export function listenForShortcuts(own: Window): () => void {
  const hasConsoleKeys = () => useConsoles.getState().keyboardPanelId !== undefined;
  const handleFirst = (event: KeyboardEvent) => {
    if (!hasConsoleKeys()) handleShortcut(event, false);
  };
  const handleLast = (event: KeyboardEvent) => {
    if (hasConsoleKeys() && !event.defaultPrevented) handleShortcut(event, true);
  };
  own.addEventListener('keydown', handleFirst, true);
  own.addEventListener('keydown', handleLast);
  return () => {
    own.removeEventListener('keydown', handleFirst, true);
    own.removeEventListener('keydown', handleLast);
  };
}

function handleShortcut(event: KeyboardEvent, isReleaseHeld: boolean): void {
  if (event.isComposing || useUi.getState().dialog) return;
  if (event.code === useSettings.getState().releaseKey) return;
  const run = shortcutFor(chordOf(event, isReleaseHeld));
  if (!run) return;
  event.preventDefault();
  event.stopPropagation();
  run();
}

/** A console that gave the keys back leaves the focus nowhere: its tab takes it. */
function landFocus(now: ReturnType<typeof useConsoles.getState>, before: typeof now): void {
  if (before.keyboardPanelId === undefined || now.keyboardPanelId !== undefined) return;
  requestAnimationFrame(() => {
    const element = activeController()?.element;
    const own = element?.ownerDocument ?? document;
    if (own.activeElement !== own.body || useUi.getState().dialog) return;
    if (own !== document) return own.querySelector<HTMLElement>('[data-area-focus]')?.focus();
    element?.closest('.dv-groupview')?.querySelector<HTMLElement>('.dv-active-tab')?.focus();
  });
}
