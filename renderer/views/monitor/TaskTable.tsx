import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';

import { queuedIdOf, transferIdOf } from '../../state/monitorItems.ts';
import { needsSomeone, useTasks } from '../../state/tasks.ts';
import { MenuAt } from '../../widgets/Menu.tsx';
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
  const [menu, setMenu] = useState<{ key: string; rect: DOMRect } | undefined>(undefined);
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

  const handleKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const key = keys[at];
    const to = moveTo(event, at, keys.length, box.current);
    if (to !== undefined) onSelect(keys[to]);
    else if (key === undefined) return;
    else if (event.key === 'Enter') onOpen?.(key);
    else if (event.key === 'Escape') onSelect(undefined);
    else if (event.key === 'Delete') (isTask(key) ? askStop : endOther)(key);
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
      const rect = document.getElementById(rowIdOf(idPrefix, key))?.getBoundingClientRect();
      if (rect) setMenu({ key, rect: new DOMRect(rect.x + 40, rect.y, 0, 32) });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const handleMenu = useCallback(
    (event: MouseEvent, key: string) => {
      event.preventDefault();
      onSelect(key);
      setMenu({ key, rect: new DOMRect(event.clientX, event.clientY, 0, 0) });
    },
    [onSelect],
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
          <div role="row">
            <div role="gridcell" className={styles.blank}>
              {empty}
            </div>
          </div>
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
        <MenuAt
          rect={menu.rect}
          label="Actions for the task"
          groups={isTask(menu.key) ? taskMenu(menu.key, () => handleOpen(menu.key)) : otherMenu(menu.key)}
          onClose={() => {
            setMenu(undefined);
            box.current?.focus();
          }}
        />
      )}
    </>
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

function moveTo(event: KeyboardEvent, at: number, count: number, box: HTMLElement | null): number | undefined {
  if (count === 0 || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const page = Math.max(1, Math.floor((box?.clientHeight ?? 240) / ROW_PX) - 1);
  const last = count - 1;
  switch (event.key) {
    case 'ArrowDown':
      return Math.min(last, at + 1);
    case 'ArrowUp':
      return Math.max(0, at - 1);
    case 'PageDown':
      return Math.min(last, Math.max(0, at) + page);
    case 'PageUp':
      return Math.max(0, at - page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
