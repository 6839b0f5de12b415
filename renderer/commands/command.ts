import type { MenuName } from '../../shared/wire/shellMenu.ts';
import { shell } from '../link/shell.ts';
import { frontWindow } from '../state/popOuts.ts';
import type { IconName } from '../widgets/iconShapes.tsx';

/** One thing that can be done. Palette, shortcuts, keyboard map and native menus are all made of these. */
export interface Command {
  readonly id: string;
  /** As the palette shows it; it names what it is about. */
  readonly title: string;
  /** In a menu, where the place says what it is about. */
  readonly label?: string;
  readonly icon: IconName;
  /** Written with `Ctrl`, which is Cmd on a Mac. */
  readonly keys?: string | undefined;
  /** Which native menu it stands in, and in which group of it. */
  readonly menu?: readonly [MenuName, number];
  readonly isOff?: boolean;
  /** Set for choices and switches. */
  readonly isOn?: boolean;
  /** Too small for the palette: only keys, or only a menu. */
  readonly isMinor?: boolean;
  /** What it shows is in the main window. */
  readonly isOfMain?: boolean;
  /** Where the keyboard map shows it, and how it says it. */
  readonly map?: readonly [group: string, does: string];
  readonly run: () => void;
}

/** Does it, where it can be seen. */
export function runCommand({ isOff, isOfMain, run }: Command): void {
  if (isOff) return;
  if (isOfMain && frontWindow() !== window) {
    window.focus();
    shell()?.showMain();
  }
  run();
}
