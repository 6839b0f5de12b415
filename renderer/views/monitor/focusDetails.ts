import { focusSoon } from '../../widgets/focusSoon.ts';

/** Gives the keyboard to the details that have just been opened: to their log, once it is there. */
export function focusDetails(): void {
  const area: ParentNode = document.activeElement?.closest('[data-area]') ?? document;
  focusSoon(() => area.querySelector<HTMLElement>('aside[data-find] [role="log"]'));
}
