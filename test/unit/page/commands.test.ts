import { beforeAll, expect, it } from 'vitest';

import type { Command } from '../../../renderer/commands/command.ts';
import type * as KeyboardMap from '../../../renderer/commands/keyboardMap.ts';
import type * as NativeMenus from '../../../renderer/commands/nativeMenus.ts';
import type * as Shortcuts from '../../../renderer/commands/shortcuts.ts';
import { stubDocument } from './fakePage.ts';
import { shellMenus } from '../../../shared/wire/shellMenu.ts';

let all: readonly Command[];
let shortcuts: typeof Shortcuts;
let menus: typeof NativeMenus;
let map: typeof KeyboardMap;

const key = (code: string, held = '') => ({
  code,
  ctrlKey: held.includes('C'),
  metaKey: false,
  altKey: held.includes('A'),
  shiftKey: held.includes('S'),
});

beforeAll(async () => {
  stubDocument();
  Object.assign(globalThis, { window: { sluice: { platform: 'linux' } } });
  all = (await import('../../../renderer/commands/commands.ts')).commands();
  shortcuts = await import('../../../renderer/commands/shortcuts.ts');
  menus = await import('../../../renderer/commands/nativeMenus.ts');
  map = await import('../../../renderer/commands/keyboardMap.ts');
});

it('every command has an ID and keys of its own', () => {
  const ids = all.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const keys = all.flatMap((command) => (command.keys === undefined ? [] : [command.keys]));
  expect(new Set(keys).size).toBe(keys.length);
});

it('every key that a command names is reached by pressing it', () => {
  const codes: Record<string, string> = { '\\': 'Backslash', ',': 'Comma', '←': 'ArrowLeft', '→': 'ArrowRight' };
  Object.assign(codes, { '↑': 'ArrowUp', '↓': 'ArrowDown', Tab: 'Tab' });
  for (const { keys } of all) {
    if (keys === undefined) continue;
    const words = keys.split(' ');
    const name = words.at(-1) ?? '';
    const letter = /^\d$/.test(name) ? `Digit${name}` : /^[A-Z]$/.test(name) ? `Key${name}` : name;
    const held = words.map((word) => (word === 'Ctrl' || word === 'Alt' || word === 'Shift' ? word[0] : '')).join('');
    expect(shortcuts.chordOf(key(codes[name] ?? letter, held), false)).toBe(keys);
  }
});

it('a held release key stands for Ctrl, and changes nothing about function keys', () => {
  expect(shortcuts.chordOf(key('KeyK'), true)).toBe('Ctrl K');
  expect(shortcuts.chordOf(key('F11', 'C'), true)).toBe('F11');
  expect(shortcuts.chordOf(key('KeyK'), false)).toBeUndefined();
  expect(shortcuts.chordOf(key('ControlRight', 'C'), true)).toBeUndefined();
});

it('what is off takes no key from what has the focus', () => {
  expect(shortcuts.shortcutFor('Ctrl W')).toBeUndefined(); // no tab is open
  expect(shortcuts.shortcutFor('Alt W')).toBeUndefined();
  expect(shortcuts.shortcutFor('Ctrl B')).toBeDefined();
});

it('menus and keyboard map are made of the same commands', () => {
  const told = menus.nativeMenus(all);
  expect(shellMenus.safeParse(told).success).toBe(true);
  const ids = told.flatMap(({ groups }) => groups.flat().map(({ id }) => id));
  expect(ids.sort()).toEqual(all.flatMap(({ id, menu }) => (menu ? [id] : [])).sort());
  expect(ids.length).toBeGreaterThan(20);
  const shown = map.keyboardMap().flatMap(({ items }) => items.map(({ keys }) => keys));
  for (const command of all) if (command.map) expect(shown).toContain(command.keys);
});
