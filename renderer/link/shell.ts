import type { ShellBridge } from '../../shared/wire/shellBridge.ts';

declare global {
  interface Window {
    /** Set by Electron's preload script; absent in a browser. */
    readonly sluice?: ShellBridge;
  }
}

export const shell = (): ShellBridge | undefined => window.sluice;
