import { create } from 'zustand';

import { note } from './log.ts';

/** A display, in CSS pixels of all of them together. */
export interface ScreenPlace {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The page's own window is on it. */
  readonly isCurrent: boolean;
}

/** All displays, as far as the browser tells: it asks the person first, the app does not. */
export const useScreens = create<{ readonly list: readonly ScreenPlace[] }>()(() => ({ list: [] }));

/** Chromium's Window Management, as far as it is used here. */
interface ScreenDetails extends EventTarget {
  readonly screens: readonly (ScreenPlace & { readonly label: string })[];
  readonly currentScreen: unknown;
}
interface Extended {
  readonly screen?: { readonly isExtended?: boolean };
  readonly getScreenDetails?: () => Promise<ScreenDetails>;
}

const own = () => globalThis.window as unknown as Extended;

/** There are more displays than one; which, nobody asked yet. */
export const hasUnknownScreens = (): boolean =>
  own()?.screen?.isExtended === true && own().getScreenDetails !== undefined && useScreens.getState().list.length === 0;

/** Learns which displays there are, and follows their changes. */
export async function askScreens(): Promise<void> {
  try {
    const details = await own().getScreenDetails?.();
    if (!details) return;
    const read = () => useScreens.setState({ list: placesOf(details) });
    read();
    details.addEventListener('screenschange', read);
    details.addEventListener('currentscreenchange', read);
  } catch (error) {
    note(`The displays are not known: ${String(error)}`, 'warn');
  }
}

function placesOf({ screens, currentScreen }: ScreenDetails): ScreenPlace[] {
  return screens.map((screen, at) => ({
    name: screen.label === '' ? `monitor ${at + 1}` : screen.label,
    left: screen.left,
    top: screen.top,
    width: screen.width,
    height: screen.height,
    isCurrent: screen === currentScreen,
  }));
}

/** What all displays cover together. */
export function unionOf(list: readonly ScreenPlace[]): { x: number; y: number; width: number; height: number } {
  const x = Math.min(...list.map(({ left }) => left));
  const y = Math.min(...list.map(({ top }) => top));
  const right = Math.max(...list.map(({ left, width }) => left + width));
  const bottom = Math.max(...list.map(({ top, height }) => top + height));
  return { x, y, width: right - x, height: bottom - y };
}
