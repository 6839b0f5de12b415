/** X11 keysyms, as RFB carries them. */
export const keysyms = {
  backspace: 0xff08,
  tab: 0xff09,
  enter: 0xff0d,
  escape: 0xff1b,
  home: 0xff50,
  left: 0xff51,
  up: 0xff52,
  right: 0xff53,
  down: 0xff54,
  end: 0xff57,
  keypadEnter: 0xff8d,
  delete: 0xffff,
} as const;

const named: Readonly<Record<number, string>> = {
  65288: 'Backspace',
  65289: 'Tab',
  65293: 'Enter',
  65307: 'Esc',
  65360: 'Home',
  65361: 'Left',
  65362: 'Up',
  65363: 'Right',
  65364: 'Down',
  65365: 'Page up',
  65366: 'Page down',
  65367: 'End',
  65377: 'Print',
  65379: 'Insert',
  65421: 'Enter',
  65535: 'Delete',
  65027: 'AltGr',
  65505: 'Shift',
  65506: 'Shift',
  65507: 'Ctrl',
  65508: 'Ctrl',
  65511: 'Meta',
  65512: 'Meta',
  65513: 'Alt',
  65514: 'Alt',
  65515: 'Super',
  65516: 'Super',
  65509: 'Caps lock',
  32: 'Space',
};

const modifiers = new Set(['Shift', 'Ctrl', 'Alt', 'AltGr', 'Meta', 'Super', 'Caps lock']);

/** The character a keysym types, or ''. */
export function textOf(keysym: number): string {
  if ((keysym >= 0x20 && keysym <= 0x7e) || (keysym >= 0xa0 && keysym <= 0xff)) return String.fromCharCode(keysym);
  if (keysym >= 0x01000100 && keysym <= 0x0110ffff) return String.fromCodePoint(keysym - 0x01000000);
  if (keysym >= 0xffaa && keysym <= 0xffb9) return '*+,-./0123456789'.charAt(keysym - 0xffaa); // keypad
  return keysym === 0x20ac ? '€' : '';
}

export function nameOf(keysym: number): string {
  const known = named[keysym];
  if (known) return known;
  if (keysym >= 0xffbe && keysym <= 0xffc9) return `F${keysym - 0xffbd}`;
  return textOf(keysym) || `0x${keysym.toString(16)}`;
}

export const isModifier = (keysym: number): boolean => modifiers.has(named[keysym] ?? '');
