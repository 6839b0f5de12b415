import type { LabQuirks } from '../quirks.ts';

/** Fields that Perl has touched as text somewhere, and so come as strings on many servers. */
const STRING_NUMBERS = new Set(['port', 'pid', 'maxdisk', 'uptime', 'netout']);

const shuffle = <T>(items: T[]): T[] => {
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1));
    [items[index], items[other]] = [items[other] as T, items[index] as T];
  }
  return items;
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Makes data look as Perl's JSON does: numbers as strings here and there, keys in any order. */
export function loosen(value: unknown, quirks: LabQuirks): unknown {
  if (Array.isArray(value)) return value.map((item) => loosen(item, quirks));
  if (!isObject(value)) return value;
  const copy = { ...value }; // thousands of rows a poll: no detour over entries
  for (const name of Object.keys(copy)) {
    const inner = copy[name];
    if (isObject(inner)) copy[name] = loosen(inner, quirks);
    else if (typeof inner === 'number' && quirks.looseTypes && STRING_NUMBERS.has(name)) copy[name] = String(inner);
  }
  return quirks.shuffledKeys ? Object.fromEntries(shuffle(Object.entries(copy))) : copy;
}
