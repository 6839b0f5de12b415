import { type MouseEvent, useCallback, useState } from 'react';

const INDENT_PX = 40; // beside the name of the row, which stays in sight

export interface RowMenu {
  /** Whose menu is open, and where. */
  readonly menu: { readonly key: string; readonly rect: DOMRect } | undefined;
  /** By the keyboard. */
  readonly openAtRow: (key: string, elementId: string) => void;
  readonly openAtPointer: (event: MouseEvent, key: string) => void;
  readonly close: () => void;
}

/** The menu of a list's row, opened by key or pointer. */
export function useRowMenu(): RowMenu {
  const [menu, setMenu] = useState<RowMenu['menu']>(undefined);
  const openAtRow = useCallback((key: string, elementId: string) => {
    const rect = document.getElementById(elementId)?.getBoundingClientRect();
    if (rect) setMenu({ key, rect: new DOMRect(rect.x + INDENT_PX, rect.y, 0, Math.min(rect.height, 32)) });
  }, []);
  const openAtPointer = useCallback((event: MouseEvent, key: string) => {
    event.preventDefault();
    setMenu({ key, rect: new DOMRect(event.clientX, event.clientY, 0, 0) });
  }, []);
  const close = useCallback(() => setMenu(undefined), []);
  return { menu, openAtRow, openAtPointer, close };
}
