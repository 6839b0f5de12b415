import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useId, useRef, useState } from 'react';

import { type BackupRow, nodeName } from '../../state/backupRows.ts';
import { expand, setBackups } from '../../state/backups.ts';
import { MenuAt } from '../../widgets/Menu.tsx';
import { moveInTree, TypeAhead } from '../inventory/treeKeys.ts';
import { activateBackup, backupMenu } from './backupActions.ts';
import { BackupRowView } from './BackupRowView.tsx';
import styles from './backups.module.css';

const ROW_PX = 28;
const OVERSCAN = 12;

/** A tree with columns. One tab stop; the row the keyboard stands on is told by `aria-activedescendant`. */
export function BackupTable({ rows, selected }: { rows: readonly BackupRow[]; selected: string | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const idPrefix = useId();
  const [typeAhead] = useState(() => new TypeAhead());
  const [menu, setMenu] = useState<{ key: string; rect: DOMRect } | undefined>(undefined);
  const found = rows.findIndex(({ key }) => key === selected);
  const at = Math.max(0, found);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: OVERSCAN,
  });
  useEffect(() => {
    if (found >= 0) virtual.scrollToIndex(found, { align: 'auto' });
  }, [found, virtual]);

  const stand = (index: number) => setBackups({ selected: rows[index]?.key });
  const handleKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rows[at];
    if (!row) return;
    if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const rect = document.getElementById(idPrefix + row.key)?.getBoundingClientRect();
      if (rect && !row.note) setMenu({ key: row.key, rect: new DOMRect(rect.x + 60, rect.y, 0, rect.height) });
    } else if (event.key === 'Enter') {
      if (row.note === 'failed') expand(row.node, true);
      else if (!row.note) activateBackup(row.node, row.isExpanded);
    } else if (!handleMove(event.key, row)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const handleMove = (key: string, row: BackupRow): boolean => {
    const pageRows = Math.max(1, Math.floor((box.current?.clientHeight ?? 280) / ROW_PX) - 1);
    const move = moveInTree(key, rows, at, pageRows);
    if (move?.kind === 'stand') stand(move.at);
    else if (move?.kind === 'fold') expand(row.node, !move.isFolded);
    else if (key.length === 1 && key !== ' ') {
      const next = typeAhead.find(
        key,
        rows.map(({ node }) => nodeName(node)),
        at,
      );
      if (next >= 0) stand(next);
    } else return false;
    return true;
  };
  const handleMenu = useCallback((event: MouseEvent, key: string) => {
    event.preventDefault();
    setBackups({ selected: key });
    setMenu({ key, rect: new DOMRect(event.clientX, event.clientY, 0, 0) });
  }, []);
  const menuRow = menu && rows.find(({ key }) => key === menu.key);
  return (
    <>
      <div className={styles.heads} aria-hidden="true">
        <span>Name</span>
        <span className={styles.about}>About</span>
        <span className={styles.size}>Size</span>
        <span className={styles.owner}>Owner</span>
        <span>State</span>
      </div>
      <div
        ref={box}
        className={styles.table}
        role="treegrid"
        aria-label="Backups"
        aria-readonly="true"
        aria-rowcount={rows.length}
        tabIndex={0}
        data-area-focus
        aria-activedescendant={rows[at] ? idPrefix + rows[at].key : undefined}
        onKeyDown={handleKey}
      >
        <div role="rowgroup" className={styles.all} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <BackupRowView
                  key={row.key}
                  id={idPrefix + row.key}
                  row={row}
                  index={item.index}
                  topPx={item.start}
                  isSelected={item.index === at}
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
          label={`Actions for ${nodeName(menuRow.node)}`}
          groups={backupMenu(menuRow.node, menuRow.isExpanded)}
          onClose={() => {
            setMenu(undefined);
            box.current?.focus();
          }}
        />
      )}
    </>
  );
}
