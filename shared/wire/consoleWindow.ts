// How a page opens a window for one console. Electron's shell allows this one page and no other.

export const consoleWindowPath = '/console.html';

export interface ConsoleWindowPlace {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
  /** It is wanted right there, as where a tab was dropped; else a remembered place comes first. */
  readonly isPlaced: boolean;
}

export interface WindowWish {
  readonly x: number;
  readonly y: number;
  readonly width?: number;
  readonly height?: number;
}

const usual = { width: 1024, height: 800 };
const MOST_PX = 16_384;

/** Unlike those of all windows before: one that is just being closed would be taken again. */
export const consoleWindowName = (panelId: string, isSpanning: boolean) =>
  `${isSpanning ? spanning : 'console '}${panelId}#${performance.now()}`;

const spanning = 'over all ';

/** Without a frame, over all displays: its place is the page's and not remembered. */
export const isSpanningWindow = (frameName: string) => frameName.startsWith(spanning);

/** By what a window's place is remembered. */
export const consoleWindowKey = (frameName: string) => frameName.split('#')[0] ?? frameName;

/** For `window.open`. Numbers are CSS pixels of the screen. */
export function consoleWindowText(place: WindowWish | undefined): string {
  const { width, height } = { ...usual, ...place };
  const at = place ? `,left=${Math.round(place.x)},top=${Math.round(place.y)}` : '';
  return `popup,width=${Math.round(width)},height=${Math.round(height)}${at}`;
}

/** Reads it again on the shell's side; what is no number there is as usual. */
export function consoleWindowFeatures(features: string): ConsoleWindowPlace {
  const given = new Map(
    features.split(',').map((part): [string, string | undefined] => {
      const [name = '', value] = part.trim().split('=');
      return [name, value];
    }),
  );
  const number = (name: string, fallback: number) => {
    const value = Number(given.get(name) || Number.NaN);
    return Number.isInteger(value) && Math.abs(value) <= MOST_PX ? value : fallback;
  };
  return {
    width: Math.max(1, number('width', usual.width)),
    height: Math.max(1, number('height', usual.height)),
    x: number('left', 0),
    y: number('top', 0),
    isPlaced: given.has('left') && given.has('top'),
  };
}
