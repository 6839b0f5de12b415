import { useEffect } from 'react';

import { useConsoles } from '../state/consoles.ts';
import { useSettings } from '../state/settings.ts';
import { useUi } from '../state/ui.ts';
import { activeController } from '../views/console/controllers.ts';
import { chordOf, shortcutFor } from './shortcuts.ts';

/**
 * The window's shortcuts. A console that has the keys lets only those events reach the window that its release key was
 * held for, so whatever arrives here while a console has the keys is a shortcut.
 */
export function useShortcuts(): void {
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if (useUi.getState().dialog) return;
      const isReleaseHeld = useConsoles.getState().keyboardPanelId !== undefined;
      if (event.code === useSettings.getState().releaseKey) return;
      const run = shortcutFor(chordOf(event, isReleaseHeld));
      if (!run) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', handleKey);
    return () => window.removeEventListener('keydown', handleKey);
  }, []);
  useEffect(() => useConsoles.subscribe(landFocus), []);
}

/** A console that gave the keys back leaves the focus nowhere: its tab takes it. */
function landFocus(now: ReturnType<typeof useConsoles.getState>, before: typeof now): void {
  if (before.keyboardPanelId === undefined || now.keyboardPanelId !== undefined) return;
  requestAnimationFrame(() => {
    if (document.activeElement !== document.body || useUi.getState().dialog) return;
    const panel = activeController()?.element.closest('.dv-groupview');
    panel?.querySelector<HTMLElement>('.dv-active-tab')?.focus();
  });
}
