import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';

import { count } from '../../state/format.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { saveFile } from '../../widgets/copyText.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { SearchField } from '../../widgets/SearchField.tsx';
import { copy } from '../copy.ts';
import styles from './LogPane.module.css';
import { LogSearch } from './logSearch.ts';
import type { TaskLog } from './taskLog.ts';
import { useLineWindow } from './useLineWindow.ts';

const LINE_PX = 16;
/** Lines searched in one go: 1 ms of a frame. */
const SEARCH_LINES = 10_000;

interface LogPaneProps {
  readonly log: TaskLog;
  /** For the saved file, without its ending. */
  readonly fileName: string;
}

/** A log of any length: only the lines in sight are in the page. Search, copy, save; the end is followed. */
export function LogPane({ log, fileName }: LogPaneProps) {
  const version = useSyncExternalStore(log.subscribe, log.version);
  const { buffer } = log;
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const view = useLineWindow(box, { count: buffer.count, first: buffer.first, linePx: LINE_PX });
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const search = useMemo(() => new LogSearch(buffer, text), [buffer, text]);
  useSearch(search, version);

  const current = search.found[at];
  const show = (next: number) => {
    const line = search.found[next];
    setAt(next);
    if (line !== undefined) view.scrollTo(line - buffer.first);
  };
  const step = (by: 1 | -1) => {
    const { length } = search.found;
    if (length === 0) return;
    if (at < 0) show(search.from(buffer.first + view.from));
    else show((at + by + length) % length);
  };
  const handleKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
    return event.key === 'Enter';
  };
  useFind(box, field);

  return (
    <section className={styles.pane} aria-label="Log of the task">
      <div className={styles.bar}>
        <div className={styles.search}>
          <SearchField
            inputRef={field}
            label="Find in the log"
            placeholder="Find in the log"
            value={text}
            onChange={(next) => {
              setText(next);
              setAt(-1);
            }}
            onKey={handleKey}
            status={<Found count={search.found.length} at={at} />}
          />
        </div>
        {text !== '' && (
          <>
            <IconButton icon="up" size={14} label="Previous" onClick={() => step(-1)} />
            <IconButton icon="down" size={14} label="Next" onClick={() => step(1)} />
          </>
        )}
        <span className="grow" />
        <span className={styles.count}>{count(buffer.count, 'line')}</span>
        <IconButton icon="copy" size={14} label="Copy the log" onClick={() => void copy(buffer.text(), 'log')} />
        <IconButton
          icon="box"
          size={14}
          label="Save the log"
          disabled={buffer.count === 0}
          onClick={() => saveFile(`${fileName}.log`, new Blob([buffer.text()], { type: 'text/plain' }))}
        />
      </div>
      <div className={styles.frame}>
        <div
          ref={box}
          className={styles.log}
          role="log"
          aria-live="off"
          aria-label="Log"
          tabIndex={0}
          onScroll={view.onScroll}
        >
          {log.end === undefined && buffer.count === 0 && <p className={styles.note}>No line yet.</p>}
          <div className={styles.all} style={{ height: buffer.count * LINE_PX }}>
            <div className={styles.lines} style={{ transform: `translateY(${view.from * LINE_PX}px)` }}>
              {buffer.slice(view.from, view.to).map((line, index) => {
                const number = buffer.first + view.from + index;
                return <Line key={number} line={line} search={search} isCurrent={number === current} />;
              })}
            </div>
          </div>
          {log.end?.kind === 'failed' && <p className={`${styles.note} warn`}>{log.end.error.message}</p>}
        </div>
        {!view.isAtEnd && (
          <button type="button" className={styles.toEnd} onClick={view.toEnd}>
            <Icon name="down" size={12} />
            {log.end === undefined ? 'Follow' : 'End'}
          </button>
        )}
      </div>
    </section>
  );
}

function Line({ line, search, isCurrent }: { line: string; search: LogSearch; isCurrent: boolean }) {
  const parts = search.parts(line);
  if (parts.length === 0) return <div data-line="">{line || ' '}</div>;
  const pieces = parts.flatMap(([from, to], index) => [
    line.slice(parts[index - 1]?.[1] ?? 0, from),
    <mark key={from} className={isCurrent ? styles.current : undefined}>
      {line.slice(from, to)}
    </mark>,
  ]);
  return (
    <div data-line="">
      {pieces}
      {line.slice(parts.at(-1)?.[1])}
    </div>
  );
}

/** Searches on through what has come, a piece a frame. */
function useSearch(search: LogSearch, version: number): void {
  const [, paint] = useState(0);
  useEffect(() => {
    void version;
    let frame = 0;
    const go = () => {
      const before = search.found.length;
      const hasMore = search.step(SEARCH_LINES);
      if (search.found.length !== before || !hasMore) paint((n) => n + 1);
      frame = hasMore ? requestAnimationFrame(go) : 0;
    };
    go();
    return () => cancelAnimationFrame(frame);
  }, [search, version]);
}

function Found({ count: all, at }: { count: number; at: number }) {
  const whole = all.toLocaleString('en');
  return (
    <span className={styles.found} role="status">
      {all === 0 ? 'none' : at < 0 ? whole : `${at + 1} of ${whole}`}
    </span>
  );
}

/** Ctrl F. */
function useFind(box: RefObject<HTMLElement | null>, field: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const element = box.current?.closest('[data-find]');
    const find = () => field.current?.select();
    element?.addEventListener('sluice-find', find);
    return () => element?.removeEventListener('sluice-find', find);
  }, [box, field]);
}
