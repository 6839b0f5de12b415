/** Where a text matches: the ranges to emphasise and how good the match is (higher is better). */
export interface Match {
  readonly score: number;
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

/**
 * Every word of the query has to be in `title` or in `more`. The start of the title counts most, then the start of
 * one of its words, then anywhere in it, then what stands beside it.
 */
export function matchText(query: string, title: string, more = ''): Match | undefined {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const lower = title.toLowerCase();
  const beside = more.toLowerCase();
  const ranges: [number, number][] = [];
  let score = 0;
  for (const word of words) {
    const at = lower.indexOf(word);
    if (at < 0) {
      if (!beside.includes(word)) return undefined;
      score += 1;
      continue;
    }
    ranges.push([at, at + word.length]);
    const isWordStart = at > 0 && !/[a-z0-9]/.test(lower[at - 1] ?? '');
    score += at === 0 ? 8 : isWordStart ? 5 : 3;
    if (lower.length === word.length) score += 4;
  }
  return { score, ranges: ranges.sort((a, b) => a[0] - b[0]) };
}
