import type { TerminalView, TerminalViewOptions, VncView, VncViewOptions } from '../../consoles/consoleView.ts';

/** Makes the views of consoles; their code comes when the first one is wanted. */
export interface ConsoleViews {
  vnc(): Promise<(host: HTMLElement, options: VncViewOptions) => VncView>;
  terminal(): Promise<(host: HTMLElement, options: TerminalViewOptions) => TerminalView>;
}

const own: ConsoleViews = {
  vnc: async () => (await import('../../consoles/vnc/vncView.ts')).createVncView,
  terminal: async () => (await import('../../consoles/terminal/terminalView.ts')).createTerminalView,
};

let current = own;
export const consoleViews = () => current;

/** For fixtures that show the page without guests. */
export function setConsoleViews(views: ConsoleViews): void {
  current = views;
}

let isWarm = false;

/** Fetches the code of the views ahead of the first console, once someone looks for a guest. */
export function warmConsoleViews(): void {
  if (isWarm) return;
  isWarm = true;
  void current.vnc();
  void current.terminal();
}
