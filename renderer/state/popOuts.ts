import { create } from 'zustand';

import type { PanelParams } from './consoles.ts';

/** A console in a window of its own. One of the same panel takes the place of the one before. */
export interface PopOut {
  readonly panelId: string;
  readonly params: PanelParams;
  readonly window: Window;
  /** It covers all displays; undefined for a window as any other. */
  readonly isSpanning?: boolean;
}

export interface PopOuts {
  readonly list: readonly PopOut[];
  /** The console whose window has the focus, or had it last; undefined: the main window. */
  readonly frontPanelId: string | undefined;
}

export const usePopOuts = create<PopOuts>()(() => ({ list: [], frontPanelId: undefined }));

export const popOutOf = (panelId: string | undefined): PopOut | undefined =>
  usePopOuts.getState().list.find((one) => one.panelId === panelId);

/** The window that the person works in. */
export const frontWindow = (): Window => popOutOf(usePopOuts.getState().frontPanelId)?.window ?? window;

/** Somebody looks at the page or at one of its consoles' windows. */
export const hasFocus = (): boolean =>
  [window, ...usePopOuts.getState().list.map((one) => one.window)].some(
    ({ document }) => document.visibilityState === 'visible' && document.hasFocus(),
  );

export function addPopOut(popOut: PopOut): void {
  usePopOuts.setState(({ list }) => ({ list: [...list.filter(({ panelId }) => panelId !== popOut.panelId), popOut] }));
}

export function dropPopOut(panelId: string): void {
  usePopOuts.setState(({ list, frontPanelId }) => ({
    list: list.filter((one) => one.panelId !== panelId),
    frontPanelId: frontPanelId === panelId ? undefined : frontPanelId,
  }));
}
