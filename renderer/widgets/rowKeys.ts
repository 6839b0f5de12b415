interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The row that a key of a list leads to; -1 stands before the first. Undefined where it leads nowhere. */
export function rowAfter(key: string, at: number, count: number, pageRows: number): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  const within = (to: number) => Math.max(0, Math.min(last, to));
  switch (key) {
    case 'ArrowDown':
      return within(at + 1);
    case 'ArrowUp':
      return within(at - 1);
    case 'PageDown':
      return within(Math.max(0, at) + pageRows);
    case 'PageUp':
      return within(at - pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

/** A page less one row, so that the eye finds its place. */
export const pageRowsIn = (box: HTMLElement | null, rowPx: number) =>
  Math.max(1, Math.floor((box?.clientHeight ?? 10 * rowPx) / rowPx) - 1);

export const hasModifier = ({ ctrlKey, metaKey, altKey }: Pressed) => ctrlKey || metaKey || altKey;

export const isMenuKey = ({ key, shiftKey }: Pressed) => key === 'ContextMenu' || (key === 'F10' && shiftKey);
