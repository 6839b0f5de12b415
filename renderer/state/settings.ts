import { create } from 'zustand';

import { defaultSettings, type Settings, themeChoice } from '../../shared/model/settings.ts';
import { readKept, writeKept } from './keep.ts';

/** The engine keeps them all. The page remembers how it looked, so that its first picture is in the right colours. */
export const useSettings = create<Settings>()(() => ({
  ...defaultSettings,
  theme: readKept('theme', themeChoice, defaultSettings.theme),
}));

useSettings.subscribe(({ theme }, before) => {
  if (theme !== before.theme) writeKept('theme', theme);
});

/** Sets the theme on the document; `system` leaves the choice to the browser. */
export function showTheme(theme: Settings['theme']): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
}

const names: Record<Settings['releaseKey'], string> = {
  ControlRight: 'Right Ctrl',
  AltRight: 'Right Alt',
  ShiftRight: 'Right Shift',
  MetaRight: 'Right Cmd',
  ScrollLock: 'Scroll Lock',
};
export const releaseKeyName = (key: Settings['releaseKey']) => names[key];
export const releaseKeys = Object.keys(names) as Settings['releaseKey'][];
