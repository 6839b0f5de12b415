import type { ITheme } from '@xterm/xterm';

type Rgb = readonly [number, number, number];

/** xterm wants colours as numbers; the page has them as variables that depend on the theme. */
export function readTerminalTheme(element: HTMLElement): ITheme {
  const read = colourReader(element);
  const background = read('--t-bg', [17, 23, 26]);
  const foreground = read('--t-fg', [211, 220, 223]);
  const dim = read('--t-dim', [133, 147, 154]);
  const accent = read('--accent', [95, 191, 203]);
  const named = {
    red: read('--t-red', [255, 143, 133]),
    green: read('--t-green', [123, 207, 155]),
    yellow: read('--t-yellow', [227, 187, 106]),
    blue: read('--t-blue', [143, 178, 255]),
    magenta: read('--t-magenta', [217, 162, 230]),
    cyan: read('--t-cyan', [108, 202, 213]),
  };
  const bright = (colour: Rgb): string => css(mix(colour, foreground, 0.25));
  const isDark = sum(background) < sum(foreground);
  return {
    background: css(background),
    foreground: css(foreground),
    cursor: css(foreground),
    cursorAccent: css(background),
    selectionBackground: css(accent, 0.32),
    selectionInactiveBackground: css(accent, 0.2),
    scrollbarSliderBackground: css(dim, 0.3),
    scrollbarSliderHoverBackground: css(dim, 0.5),
    scrollbarSliderActiveBackground: css(dim, 0.6),
    // Text in these two on the wrong ground is lifted by `minimumContrastRatio`.
    black: css(isDark ? mix(background, foreground, 0.12) : foreground),
    white: css(isDark ? mix(foreground, background, 0.12) : mix(background, foreground, 0.2)),
    brightBlack: css(dim),
    brightWhite: css(isDark ? [255, 255, 255] : background),
    ...Object.fromEntries(Object.entries(named).map(([name, colour]) => [name, css(colour)])),
    brightRed: bright(named.red),
    brightGreen: bright(named.green),
    brightYellow: bright(named.yellow),
    brightBlue: bright(named.blue),
    brightMagenta: bright(named.magenta),
    brightCyan: bright(named.cyan),
  };
}

/** The font of the `--mono` variable. */
export function readTerminalFont(element: HTMLElement): string {
  const probe = addProbe(element);
  probe.style.fontFamily = 'var(--mono, monospace)';
  const family = ownStyle(probe).fontFamily;
  probe.remove();
  return family;
}

function colourReader(element: HTMLElement): (name: string, otherwise: Rgb) => Rgb {
  return (name, otherwise) => {
    const probe = addProbe(element);
    probe.style.color = `var(${name}, rgb(${otherwise.join(' ')}))`;
    const numbers = ownStyle(probe).color.match(/[\d.]+/g);
    probe.remove();
    const [r, g, b] = (numbers ?? []).map(Number);
    return r === undefined || g === undefined || b === undefined ? otherwise : [r, g, b];
  };
}

function addProbe(element: HTMLElement): HTMLElement {
  const probe = element.ownerDocument.createElement('span');
  probe.hidden = true;
  element.append(probe);
  return probe;
}

function ownStyle(element: HTMLElement): CSSStyleDeclaration {
  return (element.ownerDocument.defaultView ?? window).getComputedStyle(element);
}

export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  const part = (i: 0 | 1 | 2): number => Math.round(a[i] * (1 - share) + b[i] * share);
  return [part(0), part(1), part(2)];
}

function css(colour: Rgb, alpha?: number): string {
  return alpha === undefined ? `rgb(${colour.join(', ')})` : `rgba(${colour.join(', ')}, ${alpha})`;
}

const sum = (colour: Rgb): number => colour[0] + colour[1] + colour[2];
