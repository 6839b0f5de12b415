import type { KeyboardEvent } from 'react';

/** Keys with which a search field is left for the rows it searches. True: it was one of them. */
export function goToGrid(event: KeyboardEvent<HTMLElement>): boolean {
  if (event.key !== 'Escape' && event.key !== 'ArrowDown' && event.key !== 'Enter') return false;
  event.currentTarget.closest('[data-find]')?.querySelector<HTMLElement>('[role="grid"], [role="treegrid"]')?.focus();
  return true;
}
