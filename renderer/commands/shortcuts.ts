import { isMac } from '../widgets/Kbd.tsx';
import { type Command, runCommand } from './command.ts';
import { commands } from './commands.ts';

const named: Readonly<Record<string, string>> = {
  Backslash: '\\',
  IntlBackslash: '\\',
  Comma: ',',
  Tab: 'Tab',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

type Key = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/**
 * A key as `Command.keys` writes it; undefined where it can be none. The release key held over a console stands for
 * Ctrl. Function keys are what they are with or without it.
 */
export function chordOf(event: Key, isReleaseHeld: boolean): string | undefined {
  const { code } = event;
  const isFunction = /^F\d+$/.test(code);
  const key = isFunction ? code : (named[code] ?? /^(?:Key|Digit)(.)$/.exec(code)?.[1]);
  if (key === undefined) return undefined;
  const hasMod = !isFunction && (isReleaseHeld || (isMac ? event.metaKey : event.ctrlKey));
  if (!isFunction && !hasMod && !event.altKey) return undefined;
  return [hasMod && 'Ctrl', event.altKey && 'Alt', event.shiftKey && 'Shift', key].filter(Boolean).join(' ');
}

/** Browsers keep Ctrl W for themselves. */
const aliases: Readonly<Record<string, string>> = { 'Alt W': 'Ctrl W' };

/** The chord's deed; undefined where it has none now, and is left to the browser. */
export function shortcutFor(chord: string | undefined): (() => void) | undefined {
  if (chord === undefined) return undefined;
  const keys = aliases[chord] ?? chord;
  const found = commands().find((command: Command) => command.keys === keys && !command.isOff);
  return found && (() => runCommand(found));
}
