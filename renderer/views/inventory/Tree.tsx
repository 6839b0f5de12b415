import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type RefObject, useCallback, useEffect, useState } from 'react';

import { askDisplays, useDisplays } from '../../state/displays.ts';
import { useInventory } from '../../state/inventory.ts';
import type { TreeRow } from '../../state/treeModel.ts';
import { fold, setUi, useUi } from '../../state/ui.ts';
import { MenuAt } from '../../widgets/Menu.tsx';
import { warmConsoleViews } from '../console/consoleViews.ts';
import { activateRow, rowMenu, rowName } from './rowActions.ts';
import { rowId } from './rowId.ts';
import styles from './Tree.module.css';
import { TreeRowView } from './TreeRowView.tsx';
import { moveInTree, TypeAhead } from './treeKeys.ts';

const heights = { cluster: 30, node: 24, guest: 24 } as const;
/** Rows drawn beyond the visible ones, so that fast scrolling finds them there. */
const OVERSCAN = 12;

interface TreeProps {
  readonly rows: readonly TreeRow[];
  readonly treeRef: RefObject<HTMLDivElement | null>;
}

/** Clusters, nodes and guests. One tab stop; the row the keyboard stands on is told by `aria-activedescendant`. */
export function Tree({ rows, treeRef }: TreeProps) {
  const kept = useUi((ui) => ui.treeKey);
  const found = rows.findIndex((row) => row.key === kept);
  const at = found >= 0 ? found : 0;
  const [menu, setMenu] = useState<{ key: string; rect: DOMRect } | undefined>(undefined);
  const [typeAhead] = useState(() => new TypeAhead());
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => treeRef.current,
    estimateSize: (index) => heights[rows[index]?.kind ?? 'guest'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: OVERSCAN,
  });
  useEffect(() => {
    if (rows.length > 0) virtual.measure(); // the same row may have another height now
  }, [rows, virtual]);

  // The row of the console in front comes into sight, unless someone is about in the tree.
  useEffect(() => {
    if (found >= 0 && document.activeElement !== treeRef.current) virtual.scrollToIndex(found, { align: 'auto' });
  }, [found, virtual, treeRef]);

  const stand = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setUi({ treeKey: row.key });
    virtual.scrollToIndex(index, { align: 'auto' });
  };
  const handleKey = (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row) return;
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const rect = document.getElementById(rowId(row.key))?.getBoundingClientRect();
      if (rect) setMenu({ key: row.key, rect: new DOMRect(rect.x + 40, rect.y, 0, rect.height) });
    } else if (event.key === 'Enter') activateRow(row, { beside: event.ctrlKey || event.metaKey });
    else if (!handleMove(event, row)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const handleMove = (event: KeyboardEvent, row: TreeRow): boolean => {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const pageRows = Math.max(1, Math.floor((treeRef.current?.clientHeight ?? 240) / heights.guest) - 1);
    const move = moveInTree(event.key, rows, at, pageRows);
    if (move?.kind === 'stand') stand(move.at);
    else if (move?.kind === 'fold') fold(row.key, move.isFolded);
    else if (event.key.length === 1) {
      const next = typeAhead.find(event.key, rows.map(rowName), at);
      if (next >= 0) stand(next);
    } else return false;
    return true;
  };
  const handleMenu = useCallback((event: MouseEvent, key: string) => {
    event.preventDefault();
    setUi({ treeKey: key });
    setMenu({ key, rect: new DOMRect(event.clientX, event.clientY, 0, 0) });
  }, []);

  useMenuDisplays(menu?.key);
  const menuRow = menu && rows.find((row) => row.key === menu.key);
  return (
    <>
      <div
        ref={treeRef}
        className={styles.tree}
        role="tree"
        aria-label="Inventory"
        tabIndex={0}
        data-area-focus
        aria-activedescendant={rows[at] ? rowId(rows[at].key) : undefined}
        onKeyDown={handleKey}
        onFocus={warmConsoleViews}
        onPointerEnter={warmConsoleViews}
      >
        <div className={styles.all} role="presentation" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <TreeRowView
                  key={row.key}
                  row={row}
                  topPx={item.start}
                  isCurrent={item.index === at}
                  onMenu={handleMenu}
                />
              )
            );
          })}
        </div>
      </div>
      {menu && menuRow && (
        <MenuAt
          rect={menu.rect}
          label={`Actions for ${rowName(menuRow)}`}
          groups={rowMenu(menuRow)}
          onClose={() => {
            setMenu(undefined);
            treeRef.current?.focus();
          }}
        />
      )}
    </>
  );
}

/** The menu of a guest offers its viewers, once the server said what it has. */
function useMenuDisplays(key: string | undefined): void {
  useDisplays(({ known }) => (key === undefined ? undefined : known.get(key)));
  useEffect(() => {
    const guest = key === undefined ? undefined : useInventory.getState().guests.get(key);
    if (guest) askDisplays(guest);
  }, [key]);
}
