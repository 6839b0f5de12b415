import { every, systemClock } from '../../shared/base/clock.ts';
import { menuNames, type ShellMenus } from '../../shared/wire/shellMenu.ts';
import { shell } from '../link/shell.ts';
import { useConsoles } from '../state/consoles.ts';
import { type Command, runCommand } from './command.ts';
import { commands } from './commands.ts';

const FRESH_MS = 500; // a menu is opened by hand

/** The commands that stand in a native menu, by menu and group. */
export function nativeMenus(all: readonly Command[]): ShellMenus {
  return menuNames.map((name) => {
    const own = all.filter(({ menu }) => menu?.[0] === name);
    const numbers = [...new Set(own.map(({ menu }) => menu?.[1] ?? 0))].sort((a, b) => a - b);
    return {
      name,
      groups: numbers.map((number) => own.filter(({ menu }) => menu?.[1] === number).map(itemOf)),
    };
  });
}

function itemOf({
  id,
  title,
  label = title,
  keys,
  isOff,
  isOn,
}: Command): ShellMenus[number]['groups'][number][number] {
  return {
    id,
    label: label.slice(0, 200),
    ...(keys !== undefined && { keys }),
    ...(isOff && { isOff }),
    ...(isOn !== undefined && { isOn }),
  };
}

/** Keeps the shell's menus as the commands are, and tells it who has the keyboard. Returns what ends it. */
export function followNativeMenus(): () => void {
  const bridge = shell();
  if (!bridge) return () => undefined;
  bridge.onCommand((id) => {
    const command = commands().find((one) => one.id === id);
    if (command) runCommand(command);
  });
  let last = '';
  const timer = every(systemClock, FRESH_MS, () => {
    const menus = nativeMenus(commands());
    const text = JSON.stringify(menus);
    if (text === last) return;
    last = text;
    bridge.setMenus(menus);
  });
  const stop = useConsoles.subscribe((now, before) => {
    const has = now.keyboardPanelId !== undefined;
    if (has !== (before.keyboardPanelId !== undefined)) bridge.setKeyboard(has ? 'console' : 'page');
  });
  return () => {
    timer.dispose();
    stop();
  };
}
