/** A key of a US keyboard: what it gives alone and with Shift, as X11 keysyms. */
export interface UsKey {
  readonly code: string;
  readonly keysym: number;
  readonly shiftKeysym?: number;
}

// Printable characters up to U+00FF are their own keysyms (X11 protocol, appendix A).
const printable: ReadonlyArray<readonly [code: string, plain: string, shifted: string]> = [
  ['Backquote', '`', '~'],
  ['Digit1', '1', '!'],
  ['Digit2', '2', '@'],
  ['Digit3', '3', '#'],
  ['Digit4', '4', '$'],
  ['Digit5', '5', '%'],
  ['Digit6', '6', '^'],
  ['Digit7', '7', '&'],
  ['Digit8', '8', '*'],
  ['Digit9', '9', '('],
  ['Digit0', '0', ')'],
  ['Minus', '-', '_'],
  ['Equal', '=', '+'],
  ['BracketLeft', '[', '{'],
  ['BracketRight', ']', '}'],
  ['Backslash', '\\', '|'],
  ['Semicolon', ';', ':'],
  ['Quote', "'", '"'],
  ['Comma', ',', '<'],
  ['Period', '.', '>'],
  ['Slash', '/', '?'],
  ...Array.from('abcdefghijklmnopqrstuvwxyz').map((c) => [`Key${c.toUpperCase()}`, c, c.toUpperCase()] as const),
];

// Names of the X11 keysyms 0xff00 and up that have a key of their own.
const named: Readonly<Record<string, number>> = {
  Space: 0x20,
  Backspace: 0xff08,
  Tab: 0xff09,
  Enter: 0xff0d,
  Pause: 0xff13,
  ScrollLock: 0xff14,
  Escape: 0xff1b,
  Home: 0xff50,
  ArrowLeft: 0xff51,
  ArrowUp: 0xff52,
  ArrowRight: 0xff53,
  ArrowDown: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  PrintScreen: 0xff61,
  Insert: 0xff63,
  ContextMenu: 0xff67,
  NumLock: 0xff7f,
  NumpadEnter: 0xff8d,
  NumpadMultiply: 0xffaa,
  NumpadAdd: 0xffab,
  NumpadSubtract: 0xffad,
  NumpadDecimal: 0xffae,
  NumpadDivide: 0xffaf,
  ShiftLeft: 0xffe1,
  ShiftRight: 0xffe2,
  ControlLeft: 0xffe3,
  ControlRight: 0xffe4,
  CapsLock: 0xffe5,
  AltLeft: 0xffe9,
  AltRight: 0xfe03, // ISO_Level3_Shift: Alt Gr, as most layouts have it
  MetaLeft: 0xffeb,
  MetaRight: 0xffec,
  Delete: 0xffff,
};

function* allKeys(): Generator<UsKey> {
  for (const [code, plain, shifted] of printable) {
    yield { code, keysym: plain.charCodeAt(0), shiftKeysym: shifted.charCodeAt(0) };
  }
  for (const [code, keysym] of Object.entries(named)) yield { code, keysym };
  for (let n = 1; n <= 12; n++) yield { code: `F${n}`, keysym: 0xffbd + n };
  for (let n = 0; n <= 9; n++) yield { code: `Numpad${n}`, keysym: 0xffb0 + n };
}

/** By `KeyboardEvent.code`. */
export const usKeys: ReadonlyMap<string, UsKey> = new Map([...allKeys()].map((key) => [key.code, key]));

export interface TypedChar {
  readonly code: string;
  readonly keysym: number;
  readonly withShift: boolean;
}

/** The key that gives a character, by character. */
export const usChars: ReadonlyMap<string, TypedChar> = new Map([
  ...printable.flatMap(
    ([code, plain, shifted]): Array<[string, TypedChar]> => [
      [plain, { code, keysym: plain.charCodeAt(0), withShift: false }],
      [shifted, { code, keysym: shifted.charCodeAt(0), withShift: true }],
    ],
  ),
  [' ', { code: 'Space', keysym: 0x20, withShift: false }],
  ['\t', { code: 'Tab', keysym: 0xff09, withShift: false }],
  ['\n', { code: 'Enter', keysym: 0xff0d, withShift: false }],
]);
