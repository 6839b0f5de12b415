import { parentOf, type TreeStep } from '../../state/treeModel.ts';
import { rowAfter } from '../../widgets/rowKeys.ts';

export type TreeMove =
  | { readonly kind: 'stand'; readonly at: number }
  | { readonly kind: 'fold'; readonly isFolded: boolean };

const stand = (at: number): TreeMove => ({ kind: 'stand', at });

/** What a key does in a tree, as the ARIA pattern has it. Undefined where the key means nothing here. */
export function moveInTree(key: string, rows: readonly TreeStep[], at: number, pageRows: number): TreeMove | undefined {
  const row = rows[at];
  if (!row) return undefined;
  const to = rowAfter(key, at, rows.length, pageRows);
  if (to !== undefined) return stand(to);
  switch (key) {
    case 'ArrowRight':
      if (row.isExpanded === false) return { kind: 'fold', isFolded: false };
      return row.isExpanded ? stand(Math.min(rows.length - 1, at + 1)) : undefined;
    case 'ArrowLeft':
      return row.isExpanded ? { kind: 'fold', isFolded: true } : stand(parentOf(rows, at));
    default:
      return undefined;
  }
}

/** Letters typed in quick succession search as one word. */
const TOGETHER_MS = 700;

export class TypeAhead {
  #text = '';
  #lastMs = 0;

  /** Index of the next row that starts with what was typed, from the current one on; -1 where none does. */
  find(letter: string, names: readonly string[], at: number, nowMs = performance.now()): number {
    this.#text = nowMs - this.#lastMs > TOGETHER_MS ? letter.toLowerCase() : this.#text + letter.toLowerCase();
    this.#lastMs = nowMs;
    const found = this.#search(names, at);
    if (found >= 0 || this.#text.length === 1) return found;
    this.#text = letter.toLowerCase(); // it was the start of another word
    return this.#search(names, at);
  }

  #search(names: readonly string[], at: number): number {
    const isRepeat = [...this.#text].every((one) => one === this.#text[0]);
    const wanted = isRepeat ? (this.#text[0] ?? '') : this.#text;
    const from = isRepeat ? at + 1 : at;
    for (let step = 0; step < names.length; step++) {
      const index = (from + step) % names.length;
      if (names[index]?.toLowerCase().startsWith(wanted)) return index;
    }
    return -1;
  }
}
