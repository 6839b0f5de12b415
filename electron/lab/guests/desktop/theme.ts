import type { Colour } from './canvas.ts';

/** A wallpaper's light and the accent that goes with it. */
export interface Palette {
  readonly name: string;
  readonly sky: readonly [Colour, Colour, Colour];
  readonly sun: Colour;
  readonly hills: readonly [Colour, Colour, Colour];
  readonly accent: Colour;
}

export const palettes: readonly [Palette, ...Palette[]] = [
  {
    name: 'Dusk',
    sky: [0x26335c, 0x6a5a8c, 0xc192a4],
    sun: 0xf3cdb8,
    hills: [0x67568a, 0x4a3f6f, 0x2f2b51],
    accent: 0x6a56a8,
  },
  {
    name: 'Tide',
    sky: [0x0e3442, 0x2e7583, 0xa6d3cd],
    sun: 0xe6f4e8,
    hills: [0x33707b, 0x1f515d, 0x113641],
    accent: 0x0f7284,
  },
  {
    name: 'Moss',
    sky: [0x22423d, 0x5d8a70, 0xd6d5a6],
    sun: 0xf6efcb,
    hills: [0x4b7759, 0x305644, 0x1b382f],
    accent: 0x2f7a55,
  },
  {
    name: 'Ember',
    sky: [0x38244a, 0x9c4d64, 0xeeb07f],
    sun: 0xfbdcae,
    hills: [0x7f4560, 0x592f4d, 0x37203a],
    accent: 0xac4a62,
  },
  {
    name: 'Slate',
    sky: [0x273241, 0x5b7087, 0xc2cbd3],
    sun: 0xeef2f4,
    hills: [0x54697f, 0x3b4c5f, 0x273443],
    accent: 0x3b6c9d,
  },
  {
    name: 'Sand',
    sky: [0x56486a, 0xc08a7d, 0xf3d9b0],
    sun: 0xfdf0d2,
    hills: [0xa5726c, 0x79525d, 0x4e394c],
    accent: 0xa85f3f,
  },
];

/** Colours of windows. */
export interface Look {
  readonly isDark: boolean;
  readonly surface: Colour;
  readonly title: Colour;
  readonly sunken: Colour;
  readonly line: Colour;
  readonly text: Colour;
  readonly quiet: Colour;
  readonly accent: Colour;
  readonly onAccent: Colour;
}

export function lookOf(palette: Palette, isDark: boolean): Look {
  const { accent } = palette;
  const onAccent = 0xffffff;
  return isDark
    ? {
        isDark,
        surface: 0x1e1c26,
        title: 0x282532,
        sunken: 0x17151d,
        line: 0x393544,
        text: 0xe9e6f0,
        quiet: 0xa39eb1,
        accent: lighter(accent),
        onAccent: 0x14121a,
      }
    : {
        isDark,
        surface: 0xfcfbfd,
        title: 0xeeebf3,
        sunken: 0xf4f2f7,
        line: 0xe0dce8,
        text: 0x26222f,
        quiet: 0x686277,
        accent,
        onAccent,
      };
}

/** Halfway to white: readable on a dark window. */
function lighter(colour: Colour): Colour {
  return ((colour >> 1) & 0x7f7f7f) + 0x7f7f7f;
}
