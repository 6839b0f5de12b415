import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';

import type { HistoryEntry } from '../../../shared/model/history.ts';
import { formatBytes, formatDuration, formatWhen } from '../../state/format.ts';
import { historyWords } from '../../state/taskWords.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { hasModifier, pageRowsIn, rowAfter } from '../../widgets/rowKeys.ts';
import { HistoryBar } from './HistoryBar.tsx';
import { HistoryDetails } from './HistoryDetails.tsx';
import styles from './tasks.module.css';
import { useHistory } from './useHistory.ts';

const ROW_PX = 40;
/** More is fetched when so few rows are left below. */
const FETCH_AHEAD = 60;

/** Every task that is over, also such as the server has forgotten. */
export function HistoryView() {
  const history = useHistory();
  const { entries, total, fetchMore } = history;
  const [selected, setSelected] = useState<string | undefined>(undefined);
  const box = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const at = entries.findIndex((entry) => keyOf(entry) === selected);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown > entries.length - FETCH_AHEAD) fetchMore();
  }, [lastShown, entries.length, fetchMore]);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [at, virtual]);

  const handleKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || hasModifier(event)) return;
    const to = rowAfter(event.key, at, entries.length, pageRowsIn(box.current, ROW_PX));
    const entry = to === undefined ? undefined : entries[to];
    if (entry) setSelected(keyOf(entry));
    else if (event.key === 'Escape') setSelected(undefined);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const open = entries[at];
  return (
    <>
      <HistoryBar history={history} />
      <div className={`${styles.split} ${open ? styles.hasDetails : ''}`}>
        <div className={styles.list}>
          <div
            ref={box}
            className={styles.tasks}
            role="grid"
            aria-label="History"
            aria-rowcount={total}
            aria-readonly="true"
            tabIndex={0}
            data-area-focus
            aria-activedescendant={open ? rowId(prefix, open) : undefined}
            onKeyDown={handleKey}
          >
            {entries.length === 0 ? (
              <div role="row">
                <div role="gridcell" className={styles.blank}>
                  {history.words}
                </div>
              </div>
            ) : (
              <div role="rowgroup" className={styles.all} style={{ height: virtual.getTotalSize() }}>
                {items.map((item) => {
                  const entry = entries[item.index];
                  if (!entry) return null;
                  return (
                    <div
                      key={keyOf(entry)}
                      id={rowId(prefix, entry)}
                      role="row"
                      aria-rowindex={item.index + 1}
                      aria-selected={item.index === at}
                      className={`${styles.row} ${styles.past} ${item.index === at ? styles.selected : ''}`}
                      style={{ transform: `translateY(${item.start}px)` }}
                      onClick={() => setSelected(keyOf(entry))}
                    >
                      <Cells entry={entry} />
                    </div>
                  );
                })}
              </div>
            )}
          </div>
        </div>
        {open && <HistoryDetails key={selected} entry={open} onClose={() => setSelected(undefined)} />}
      </div>
    </>
  );
}

const keyOf = ({ clusterId, upid }: HistoryEntry) => `${clusterId} ${upid}`;
const rowId = (prefix: string, entry: HistoryEntry) => `${prefix}${keyOf(entry)}`.replace(/\s/g, '_');

function Cells({ entry }: { entry: HistoryEntry }) {
  const { title, place, look } = historyWords(entry);
  const { startedAtMs, endedAtMs, exitText, doneBytes } = entry;
  return (
    <>
      <span role="gridcell" className={look.color} title={look.word}>
        <Icon name={look.icon} />
        <span className="sr">{look.word}</span>
      </span>
      <div role="gridcell" className="cut">
        <div className={`${styles.title} cut`}>{title}</div>
        <div className={`${styles.place} cut`} title={`${place}, ${entry.user}`}>
          {place}, {entry.user}
        </div>
      </div>
      <div role="gridcell" className={styles.exit}>
        <span className="cut" title={exitText}>
          {exitText ?? (doneBytes ? formatBytes(doneBytes) : look.word)}
        </span>
      </div>
      <div role="gridcell" className={styles.figure}>
        <b>{formatWhen(startedAtMs)}</b>
        {endedAtMs === undefined ? ' ' : formatDuration(Math.max(0, endedAtMs - startedAtMs))}
      </div>
    </>
  );
}
