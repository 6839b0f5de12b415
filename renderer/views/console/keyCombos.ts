export interface KeyCombo {
  readonly label: string;
  /** `KeyboardEvent.code`s, pressed in order. */
  readonly codes: readonly string[];
}

const functionKey = (n: number): KeyCombo => ({
  label: `Ctrl Alt F${n}`,
  codes: ['ControlLeft', 'AltLeft', `F${n}`],
});

/** Keys that the browser or the desktop would keep for itself. */
export const combos: readonly (readonly KeyCombo[])[] = [
  [
    { label: 'Ctrl Alt Delete', codes: ['ControlLeft', 'AltLeft', 'Delete'] },
    { label: 'Ctrl Alt Backspace', codes: ['ControlLeft', 'AltLeft', 'Backspace'] },
    { label: 'Ctrl Shift Escape', codes: ['ControlLeft', 'ShiftLeft', 'Escape'] },
  ],
  [
    { label: 'Windows key', codes: ['MetaLeft'] },
    { label: 'Alt Tab', codes: ['AltLeft', 'Tab'] },
    { label: 'Alt F4', codes: ['AltLeft', 'F4'] },
    { label: 'Print Screen', codes: ['PrintScreen'] },
  ],
  [1, 2, 3, 4, 5, 6, 7].map(functionKey),
];
