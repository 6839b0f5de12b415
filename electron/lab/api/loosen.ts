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

/** Makes data look as Perl's JSON does: numbers as strings here and there, keys in any order. */
export function loosen(value: unknown, quirks: LabQuirks, key = ''): unknown {
  if (typeof value === 'number' && quirks.looseTypes && STRING_NUMBERS.has(key)) return String(value);
  if (Array.isArray(value)) return value.map((item) => loosen(item, quirks));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, loosen(inner, quirks, name)] as const);
  return Object.fromEntries(quirks.shuffledKeys ? shuffle([...entries]) : entries);
}
