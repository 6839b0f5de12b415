import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useCallback, useEffect, useId, useRef } from 'react';

import { queuedIdOf, transferIdOf } from '../../state/monitorItems.ts';
import { needsSomeone, useTasks } from '../../state/tasks.ts';
import { MenuAt } from '../../widgets/Menu.tsx';
import { hasModifier, isMenuKey, pageRowsIn, rowAfter } from '../../widgets/rowKeys.ts';
import { type RowMenu, useRowMenu } from '../../widgets/useRowMenu.ts';
import { rowIdOf, type RowProps } from './RowFrame.tsx';
import { askStop, taskMenu } from './taskActions.ts';
import { TaskRow } from './TaskRow.tsx';
import { endOther, otherMenu } from './transferActions.ts';
import { QueuedRow, TransferRow } from './TransferRow.tsx';
import styles from './tasks.module.css';

const ROW_PX = 48; // look.md, Anatomy
const ATTENTION_PX = 118;
const OVERSCAN = 6;

interface TaskTableProps {
  readonly keys: readonly string[];
  readonly label: string;
  readonly selected: string | undefined;
  readonly onSelect: (key: string | undefined) => void;
  /** Enter, or a double-click. */
  readonly onOpen?: (key: string) => void;
  readonly empty: ReactNode;
}

/**
 * Tasks, one a row, as many as there are: only those in sight are in the page. One tab stop; the row the keyboard
 * stands on is told by `aria-activedescendant`.
 */
export function TaskTable({ keys, label, selected, onSelect, onOpen, empty }: TaskTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const idPrefix = useId();
  const at = selected === undefined ? -1 : keys.indexOf(selected);
  const { menu, openAtRow, openAtPointer, close } = useRowMenu();
  const virtual = useVirtualizer({
    count: keys.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => estimate(keys[index]),
    getItemKey: (index) => keys[index] ?? index,
    overscan: OVERSCAN,
  });
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [at, virtual]);

  const openMenu = (key: string) => openAtRow(key, rowIdOf(idPrefix, key));
  const handleKey = keysOfTable({ keys, at, onSelect, ...(onOpen && { onOpen }), openMenu });
  const handleMenu = useCallback(
    (event: MouseEvent, key: string) => {
      onSelect(key);
      openAtPointer(event, key);
    },
    [onSelect, openAtPointer],
  );
  const handleOpen = useCallback((key: string) => onOpen?.(key), [onOpen]);

  return (
    <>
      <div
        ref={box}
        className={styles.tasks}
        role="grid"
        aria-label={label}
        aria-rowcount={keys.length}
        aria-readonly="true"
        tabIndex={0}
        data-area-focus
        aria-activedescendant={at >= 0 ? rowIdOf(idPrefix, keys[at] ?? '') : undefined}
        onKeyDown={handleKey}
      >
        {keys.length === 0 ? (
          <Blank>{empty}</Blank>
        ) : (
          <div role="rowgroup" className={styles.all} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const key = keys[item.index];
              if (key === undefined) return null;
              return (
                <Row
                  key={key}
                  rowKey={key}
                  id={rowIdOf(idPrefix, key)}
                  index={item.index}
                  topPx={item.start}
                  measure={virtual.measureElement}
                  isSelected={key === selected}
                  onSelect={onSelect}
                  onOpen={handleOpen}
                  onMenu={handleMenu}
                />
              );
            })}
          </div>
        )}
      </div>
      {menu && (
        <TaskMenu
          menu={menu}
          onOpen={handleOpen}
          onClose={() => {
            close();
            box.current?.focus();
          }}
        />
      )}
    </>
  );
}

function TaskMenu(props: { menu: NonNullable<RowMenu['menu']>; onOpen: (key: string) => void; onClose: () => void }) {
  const { menu, onOpen, onClose } = props;
  const { key, rect } = menu;
  const groups = isTask(key) ? taskMenu(key, () => onOpen(key)) : otherMenu(key);
  return <MenuAt rect={rect} label="Actions for the task" groups={groups} onClose={onClose} />;
}

interface TableDoing extends Pick<TaskTableProps, 'keys' | 'onSelect' | 'onOpen'> {
  readonly at: number;
  readonly openMenu: (key: string) => void;
}

/** What keys do while the table has them. */
function keysOfTable({ keys, at, onSelect, onOpen, openMenu }: TableDoing) {
  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return;
    const key = keys[at];
    const pageRows = pageRowsIn(event.currentTarget, ROW_PX);
    const to = hasModifier(event) ? undefined : rowAfter(event.key, at, keys.length, pageRows);
    if (to !== undefined) onSelect(keys[to]);
    else if (key === undefined) return;
    else if (event.key === 'Enter') onOpen?.(key);
    else if (event.key === 'Escape') onSelect(undefined);
    else if (event.key === 'Delete') (isTask(key) ? askStop : endOther)(key);
    else if (isMenuKey(event)) openMenu(key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function Blank({ children }: { children: ReactNode }) {
  return (
    <div role="row">
      <div role="gridcell" className={styles.blank}>
        {children}
      </div>
    </div>
  );
}

const isTask = (key: string) => transferIdOf(key) === undefined && queuedIdOf(key) === undefined;

function Row(props: RowProps) {
  if (transferIdOf(props.rowKey) !== undefined) return <TransferRow {...props} />;
  if (queuedIdOf(props.rowKey) !== undefined) return <QueuedRow {...props} />;
  return <TaskRow {...props} />;
}

function estimate(key: string | undefined): number {
  const task = key === undefined ? undefined : useTasks.getState().tasks.get(key);
  return task && needsSomeone(task) ? ATTENTION_PX : ROW_PX;
}
