import { setUi } from '../../state/ui.ts';

/** Opens a task's details and gives them the keyboard: its log first. */
export function focusDetails(taskKey: string): void {
  setUi({ taskKey });
  requestAnimationFrame(() => {
    const details = [...document.querySelectorAll<HTMLElement>('[data-find]')].find((one) => one.offsetParent !== null);
    const first = details?.querySelector<HTMLElement>('[role="log"]') ?? details?.querySelector<HTMLElement>('button');
    first?.focus();
  });
}
