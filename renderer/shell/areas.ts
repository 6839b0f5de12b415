import { currentDock } from '../state/dock.ts';

const focusable = 'button:not(:disabled), input:not(:disabled), [tabindex="0"]';

function enter(area: HTMLElement): boolean {
  if (area.dataset['area'] === 'consoles' && currentDock()) {
    currentDock()?.focusTabs();
    if (area.contains(document.activeElement)) return true;
  }
  const first = area.querySelector<HTMLElement>('[data-area-focus]') ?? area.querySelector<HTMLElement>(focusable);
  first?.focus();
  return area.contains(document.activeElement);
}

/** Moves the focus to the next or previous area of the window that can take it. */
export function focusArea(step: 1 | -1): void {
  const areas = [...document.querySelectorAll<HTMLElement>('[data-area]')].filter((area) => area.offsetParent !== null);
  const now = areas.findIndex((area) => area.contains(document.activeElement));
  const start = now < 0 && step < 0 ? 0 : now;
  for (let tried = 1; tried <= areas.length; tried++) {
    const area = areas[(start + step * tried + areas.length * 2) % areas.length];
    if (area && enter(area)) return;
  }
}
