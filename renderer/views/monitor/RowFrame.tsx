import type { MouseEvent, ReactNode } from 'react';

import styles from './tasks.module.css';

export const rowIdOf = (prefix: string, rowKey: string) => `${prefix}${rowKey}`.replace(/\s/g, '_');

export interface RowProps {
  readonly rowKey: string;
  readonly id: string;
  readonly index: number;
  readonly topPx: number;
  readonly measure: (element: HTMLElement | null) => void;
  readonly isSelected: boolean;
  readonly onSelect: (key: string) => void;
  readonly onOpen: (key: string) => void;
  readonly onMenu: (event: MouseEvent, key: string) => void;
}

/** One row of the list, at its place. Its cells come from what it is about. */
export function RowFrame(props: RowProps & { label: string; isBig?: boolean; children: ReactNode }) {
  const { rowKey, id, index, topPx, measure, isSelected, onSelect, onOpen, onMenu, label, isBig, children } = props;
  return (
    <div
      ref={measure}
      id={id}
      data-index={index}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      aria-label={label}
      className={`${styles.row} ${isSelected ? styles.selected : ''} ${isBig ? styles.big : ''}`}
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={() => onSelect(rowKey)}
      onDoubleClick={() => onOpen(rowKey)}
      onContextMenu={(event) => onMenu(event, rowKey)}
    >
      {children}
    </div>
  );
}
