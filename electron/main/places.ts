// Where windows were, by what displays were there. Pure: windowPlaces.ts joins it to Electron.
import * as z from 'zod/mini';

const MOST_DISPLAY_SETS = 12; // desk, meeting rooms, home
const MOST_WINDOWS = 60; // of one set; the oldest are forgotten first
const MIN_VISIBLE_PX = 100; // of a window, to be found and dragged

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Of Electron's `Display`, what matters here. */
export interface DisplayArea {
  readonly bounds: Bounds;
  readonly workArea: Bounds;
  readonly scaleFactor: number;
}

export const place = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().check(z.gte(1)),
  height: z.int().check(z.gte(1)),
  isMaximized: z.boolean(),
  isFullScreen: z.boolean(),
});
export type Place = z.infer<typeof place>;

/** By set of displays, then by window; the last used at the end of each. */
export const places = z.record(z.string(), z.record(z.string(), place));
export type Places = z.infer<typeof places>;

/** The same for the same displays at the same places, whatever their order. */
export function displaySetKey(displays: readonly DisplayArea[]): string {
  return displays
    .map(({ bounds: { x, y, width, height }, scaleFactor }) => `${width}x${height}@${x},${y}*${scaleFactor}`)
    .sort()
    .join(' ');
}

/** With a window's place put last, and what is too old left out. */
export function withPlace(before: Places, displaySet: string, windowName: string, now: Place): Places {
  const windows = latest(before[displaySet] ?? {}, windowName, now, MOST_WINDOWS);
  return latest(before, displaySet, windows, MOST_DISPLAY_SETS);
}

function latest<T>(record: Readonly<Record<string, T>>, key: string, value: T, most: number): Record<string, T> {
  const others = Object.entries(record).filter(([name]) => name !== key);
  return Object.fromEntries([...others.slice(1 - most), [key, value]]);
}

/** The same bounds where enough of them can be seen; else as near as they fit into a display that is there. */
export function visibleBounds(bounds: Bounds, displays: readonly DisplayArea[]): Bounds {
  const areas = displays.map(({ workArea }) => workArea);
  if (areas.length === 0 || areas.some((area) => isFound(bounds, area))) return bounds;
  const [nearest] = areas.toSorted((a, b) => distance(bounds, a) - distance(bounds, b));
  return nearest ? fitInto(bounds, nearest) : bounds;
}

/** Its upper edge, where it is dragged, is on the display, and enough below it. */
function isFound(bounds: Bounds, area: Bounds): boolean {
  const width = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
  const height = Math.min(bounds.y + bounds.height, area.y + area.height) - Math.max(bounds.y, area.y);
  return width >= MIN_VISIBLE_PX && height >= MIN_VISIBLE_PX && bounds.y >= area.y - MIN_VISIBLE_PX / 4;
}

function distance(bounds: Bounds, area: Bounds): number {
  const dx = bounds.x + bounds.width / 2 - (area.x + area.width / 2);
  const dy = bounds.y + bounds.height / 2 - (area.y + area.height / 2);
  return Math.hypot(dx, dy);
}

function fitInto(bounds: Bounds, area: Bounds): Bounds {
  const width = Math.min(bounds.width, area.width);
  const height = Math.min(bounds.height, area.height);
  const inside = (at: number, from: number, room: number) => Math.min(Math.max(at, from), from + room);
  return {
    x: inside(bounds.x, area.x, area.width - width),
    y: inside(bounds.y, area.y, area.height - height),
    width,
    height,
  };
}
