/**
 * Orders host names as people count: `pve2` before `pve10`, whatever the case. For ASCII alone, which names of nodes are:
 * Intl.Collator does it for all languages, and reads a megabyte of their rules for that before the first picture.
 */
export function naturalOrder(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (const [at, part] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    const order = compareParts(part, other);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

const partsOf = (name: string): string[] => name.toLowerCase().match(/\d+|\D+/g) ?? [];

function compareParts(a: string, b: string): number {
  const isCounted = /^\d/.test(a) && /^\d/.test(b);
  if (isCounted && Number(a) !== Number(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}
