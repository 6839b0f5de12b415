// How Proxmox and the tools it calls print sizes and durations in task logs (PVE wire facts 6.4). Where a node's locale
// is not C, its tools write a comma for the point and may join number and unit with a no-break space.

const NUMBER = '\\d+(?:[.,]\\d+)?';
export const GAP = '[ \\u00a0\\u202f]';

/** Two groups: number and unit. Binary units. */
export const SIZE = `(${NUMBER})${GAP}(B|KiB|MiB|GiB|TiB|PiB)`;

/** One group. */
export const DECIMAL = `(${NUMBER})`;

const binaryUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

/** A number with a point or a comma. */
export function decimal(text: string | undefined): number {
  const value = Number((text ?? '0').replace(',', '.'));
  return Number.isFinite(value) ? value : 0;
}

/** Bytes of a number and a binary unit. */
export function sizeBytes(number: string | undefined, unit: string | undefined): number {
  return Math.round(decimal(number) * (binaryUnits[unit ?? 'B'] ?? 1));
}

const shortUnits: Readonly<Record<string, number>> = { '': 1, B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of `3.40G` and the like, 1024-based, as zfs and wget print them. Undefined where it is none. */
export function shortSizeBytes(text: string): number | undefined {
  const match = new RegExp(`^${DECIMAL}([BKMGT]?)$`).exec(text);
  return match ? Math.round(decimal(match[1]) * (shortUnits[match[2] ?? ''] ?? 1)) : undefined;
}

const durationUnits: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds of `1w 2d 3h 4m 5s`, with or without spaces. */
export function durationSeconds(text: string): number {
  let seconds = 0;
  for (const [, number, unit] of text.matchAll(/(\d+)([wdhms])/g)) {
    seconds += Number(number) * (durationUnits[unit ?? 's'] ?? 0);
  }
  return seconds;
}
