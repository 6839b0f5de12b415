import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useId, useRef, useState } from 'react';

import { type BackupRow, nodeName } from '../../state/backupRows.ts';
import { expand, setBackups } from '../../state/backups.ts';
import { MenuAt } from '../../widgets/Menu.tsx';
import { hasModifier, isMenuKey, pageRowsIn } from '../../widgets/rowKeys.ts';
import { useRowMenu } from '../../widgets/useRowMenu.ts';
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
  const { menu, openAtRow, openAtPointer, close } = useRowMenu();
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

  const handleKey = useBackupKeys(rows, at, (key) => openAtRow(key, idPrefix + key));
  const handleMenu = useCallback(
    (event: MouseEvent, key: string) => {
      setBackups({ selected: key });
      openAtPointer(event, key);
    },
    [openAtPointer],
  );
  const menuRow = menu && rows.find(({ key }) => key === menu.key);
  return (
    <>
      <Heads />
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
            close();
            box.current?.focus();
          }}
        />
      )}
    </>
  );
}

function Heads() {
  return (
    <div className={styles.heads} aria-hidden="true">
      <span>Name</span>
      <span className={styles.about}>About</span>
      <span className={styles.size}>Size</span>
      <span className={styles.owner}>Owner</span>
      <span>State</span>
    </div>
  );
}

/** What keys do while the table has them. */
function useBackupKeys(rows: readonly BackupRow[], at: number, openMenu: (key: string) => void) {
  const [typeAhead] = useState(() => new TypeAhead());
  const stand = (index: number) => setBackups({ selected: rows[index]?.key });
  const handleMove = ({ key, currentTarget }: KeyboardEvent<HTMLElement>, row: BackupRow): boolean => {
    const move = moveInTree(key, rows, at, pageRowsIn(currentTarget, ROW_PX));
    if (move?.kind === 'stand') stand(move.at);
    else if (move?.kind === 'fold') expand(row.node, !move.isFolded);
    else if (key.length === 1 && key !== ' ') {
      const names = rows.map(({ node }) => nodeName(node));
      const next = typeAhead.find(key, names, at);
      if (next >= 0) stand(next);
    } else return false;
    return true;
  };
  return (event: KeyboardEvent<HTMLElement>) => {
    const row = rows[at];
    if (event.target !== event.currentTarget || hasModifier(event) || !row) return;
    if (isMenuKey(event)) {
      if (!row.note) openMenu(row.key);
    } else if (event.key === 'Enter') {
      if (row.note === 'failed') expand(row.node, true);
      else if (!row.note) activateBackup(row.node, row.isExpanded);
    } else if (!handleMove(event, row)) return;
    event.preventDefault();
    event.stopPropagation();
  };
}
