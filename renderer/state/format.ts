const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

function scaled(bytes: number): readonly [value: number, unit: number] {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return [value, unit];
}

const figure = (value: number) => (value >= 99.95 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(1));

/** `1.2 GiB`; nothing is `0`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1) return '0';
  const [value, unit] = scaled(bytes);
  return `${unit === 0 ? Math.round(value) : figure(value)} ${UNITS[unit]}`;
}

/** `0.4 of 1 MiB`, both in the unit of the whole. */
export function formatPart(done: number, total: number): string {
  const [whole, unit] = scaled(total);
  return `${figure(done / 1024 ** unit)} of ${figure(whole)} ${UNITS[unit]}`;
}

export const formatRate = (bytesPerSecond: number) => `${formatBytes(bytesPerSecond)}/s`;

/** `18 to 22 s`, `4 to 5 min`, `2 to 3 h`; equal ends become one. */
export function formatRange([low, high]: readonly [number, number]): string {
  const [size, word] = high < 100 ? [1, 's'] : high < 5400 ? [60, 'min'] : [3600, 'h'];
  const from = Math.max(word === 's' ? 0 : 1, Math.floor(low / size));
  const to = Math.max(from, Math.ceil(high / size));
  return from === to ? `${to} ${word}` : `${from} to ${to} ${word}`;
}

/** How long something took or lasts: `30 ms`, `0.2 s`, `14 s`, `3 min`, `2 h 5 min`, `4 days`. */
export function formatDuration(ms: number): string {
  if (ms < 95) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${Math.floor(minutes / 1440)} days`;
}

/** A round trip. */
export const formatTrip = (ms: number) => (ms < 0.5 ? 'under 1 ms' : `${Math.round(ms)} ms`);

/** How long ago something was; whole seconds are exact enough. */
export const formatAge = (ms: number) => (ms < 99_500 ? `${Math.max(0, Math.round(ms / 1000))} s` : formatDuration(ms));

/** Made with the first time that is shown: a start shows none, and each reads what the system knows of calendars. */
function dates(options: Intl.DateTimeFormatOptions): (atMs: number) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (atMs) => {
    format ??= new Intl.DateTimeFormat('en-GB', options);
    return format.format(atMs);
  };
}

export const formatFullTime = dates({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortDay = dates({ day: 'numeric', month: 'short' });

export const formatTime = dates({ hour: '2-digit', minute: '2-digit' });
/** `14:11`, and the day before it where that was not today: `20 Nov, 17:34`. */
export function formatWhen(atMs: number, nowMs = Date.now()): string {
  const isToday = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return isToday ? formatTime(atMs) : `${shortDay(atMs)}, ${formatTime(atMs)}`;
}
export const formatDay = dates({ day: 'numeric', month: 'short', year: 'numeric' });
export const formatPercent = (fraction: number) => `${Math.floor(fraction * 100)} %`;
export const formatCount = (n: number) => (n < 1_000 ? String(n) : n.toLocaleString('en'));
export const count = (n: number, one: string, many = `${one}s`) => `${formatCount(n)} ${n === 1 ? one : many}`;
