import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type RefObject, useCallback, useEffect, useState } from 'react';

import { askDisplays, useDisplays } from '../../state/displays.ts';
import { useFirstPicture } from '../../state/firstPicture.ts';
import { useInventory } from '../../state/inventory.ts';
import type { TreeRow } from '../../state/treeModel.ts';
import { fold, setUi, useUi } from '../../state/ui.ts';
import { MenuAt } from '../../widgets/Menu.tsx';
import { hasModifier, isMenuKey, pageRowsIn } from '../../widgets/rowKeys.ts';
import { useRowMenu } from '../../widgets/useRowMenu.ts';
import { warmConsoleViews } from '../console/consoleViews.ts';
import { activateRow, rowMenu, rowName } from './rowActions.ts';
import { rowId } from './rowId.ts';
import styles from './Tree.module.css';
import { TreeRowView } from './TreeRowView.tsx';
import { moveInTree, TypeAhead } from './treeKeys.ts';

const heights = { cluster: 30, node: 24, guest: 24 } as const;
/** Rows drawn beyond the visible ones, so that fast scrolling finds them there. */
const OVERSCAN = 12;
/** What stands above and below the list: title, heading, filter, chips and status. */
const AROUND_PX = 170;

interface TreeProps {
  readonly rows: readonly TreeRow[];
  readonly treeRef: RefObject<HTMLDivElement | null>;
}

/** Clusters, nodes and guests. One tab stop; the row the keyboard stands on is told by `aria-activedescendant`. */
export function Tree({ rows, treeRef }: TreeProps) {
  const kept = useUi((ui) => ui.treeKey);
  const found = rows.findIndex((row) => row.key === kept);
  const at = found >= 0 ? found : 0;
  const actions = useRowMenu();
  const virtual = useRows(rows, found, treeRef);
  const stand = (index: number) => {
    const row = rows[index];
    if (!row) return;
    setUi({ treeKey: row.key });
    virtual.scrollToIndex(index, { align: 'auto' });
  };
  const handleKey = useTreeKeys(rows, at, { stand, openMenu: actions.openAtRow, box: treeRef });
  const { menu, openAtPointer } = actions;
  const handleMenu = useCallback(
    (event: MouseEvent, key: string) => {
      setUi({ treeKey: key });
      openAtPointer(event, key);
    },
    [openAtPointer],
  );

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
            actions.close();
            treeRef.current?.focus();
          }}
        />
      )}
    </>
  );
}

/** The rows in sight. The one of the console in front comes there, unless someone is about in the tree. */
function useRows(rows: readonly TreeRow[], found: number, treeRef: TreeProps['treeRef']) {
  const isDrawn = useFirstPicture((picture) => picture.isDrawn);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => treeRef.current,
    estimateSize: (index) => heights[rows[index]?.kind ?? 'guest'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: isDrawn ? OVERSCAN : 0,
    // Until it was measured: rows are in the window's first picture, and are drawn once for it.
    initialRect: { width: 0, height: window.innerHeight - AROUND_PX },
  });
  useEffect(() => {
    if (rows.length > 0) virtual.measure(); // the same row may have another height now
  }, [rows, virtual]);
  useEffect(() => {
    if (found >= 0 && document.activeElement !== treeRef.current) virtual.scrollToIndex(found, { align: 'auto' });
  }, [found, virtual, treeRef]);
  return virtual;
}

interface TreeDoing {
  readonly stand: (index: number) => void;
  readonly openMenu: (key: string, elementId: string) => void;
  readonly box: RefObject<HTMLElement | null>;
}

/** What keys do while the tree has them. */
function useTreeKeys(rows: readonly TreeRow[], at: number, { stand, openMenu, box }: TreeDoing) {
  const [typeAhead] = useState(() => new TypeAhead());
  const handleMove = (event: KeyboardEvent, row: TreeRow): boolean => {
    if (hasModifier(event)) return false;
    const move = moveInTree(event.key, rows, at, pageRowsIn(box.current, heights.guest));
    if (move?.kind === 'stand') stand(move.at);
    else if (move?.kind === 'fold') fold(row.key, move.isFolded);
    else if (event.key.length === 1) {
      const next = typeAhead.find(event.key, rows.map(rowName), at);
      if (next >= 0) stand(next);
    } else return false;
    return true;
  };
  return (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row) return;
    if (isMenuKey(event)) openMenu(row.key, rowId(row.key));
    else if (event.key === 'Enter') activateRow(row, { beside: event.ctrlKey || event.metaKey });
    else if (!handleMove(event, row)) return;
    event.preventDefault();
    event.stopPropagation();
  };
}

/** The menu of a guest offers its viewers, once the server said what it has. */
function useMenuDisplays(key: string | undefined): void {
  useDisplays(({ known }) => (key === undefined ? undefined : known.get(key)));
  useEffect(() => {
    const guest = key === undefined ? undefined : useInventory.getState().guests.get(key);
    if (guest) askDisplays(guest);
  }, [key]);
}
