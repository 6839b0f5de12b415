import { Dialog } from '@base-ui/react/dialog';
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';

import { useConnection } from '../../state/connection.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Kbd } from '../../widgets/Kbd.tsx';
import { usePortalHome } from '../../widgets/portalHome.ts';
import { findEntries, pick } from './entries.ts';
import type { Entry, Found } from './entry.ts';
import styles from './Palette.module.css';

interface PaletteProps {
  readonly text: string;
  /** What is picked opens beside the console in front. */
  readonly beside: boolean;
  readonly onClose: () => void;
}

/** Search for guests, tasks and commands; all by keyboard. */
export function Palette({ text: firstText, beside, onClose }: PaletteProps) {
  const [text, setText] = useState(firstText);
  const [at, setAt] = useState(0);
  const [actions, setActions] = useState<{ of: string; entries: readonly Entry[] } | undefined>(undefined);
  const list = useRef<HTMLDivElement>(null);
  const query = useDeferredValue(text);
  const generation = useConnection((connection) => connection.generation);
  const find = useCallback(
    (words: string) => {
      void generation; // what can be done changes with what the engine says when it comes
      return actions ? pick(actions.entries, words) : findEntries(words, beside);
    },
    [beside, actions, generation],
  );
  const found = useMemo(() => find(query), [find, query]);
  const current = found[Math.min(at, found.length - 1)];
  /** What a key means: the list may be a few letters behind a quick typist. */
  const meant = () => (query === text ? current : find(text)[at]);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });
  const type = (next: string) => {
    setText(next);
    setAt(0);
  };
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const goBack = () => {
    setActions(undefined);
    type('');
  };
  const handleKey = (event: KeyboardEvent) => {
    const last = found.length - 1;
    if (event.key === 'ArrowDown') setAt(at >= last ? 0 : at + 1);
    else if (event.key === 'ArrowUp') setAt(at <= 0 ? last : at - 1);
    else if (event.key === 'Enter') run(meant());
    else if (event.key === 'Tab' && !event.shiftKey) {
      const entry = meant();
      if (entry?.others) {
        setActions({ of: entry.title, entries: entry.others() });
        type('');
      }
    } else if (actions && (event.key === 'Escape' || (event.key === 'Backspace' && text === ''))) goBack();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal {...usePortalHome()}>
        <Dialog.Backdrop className={styles.scrim ?? ''} />
        <Dialog.Popup className={styles.palette ?? ''} aria-label="Search">
          <div className={styles.input}>
            <Icon name="search" className="dim" />
            {actions && <span className={styles.of}>{actions.of}</span>}
            <input
              autoFocus
              role="combobox"
              aria-label={beside ? 'Open beside' : 'Search guests, tasks and commands'}
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={current ? entryId(current) : undefined}
              placeholder={beside ? 'Open a guest beside' : 'Search guests, tasks and commands'}
              spellCheck={false}
              value={text}
              onChange={(event) => type(event.target.value)}
              onKeyDown={handleKey}
            />
            <Kbd keys="Esc" />
          </div>
          <div className={styles.list} id="palette-list" role="listbox" aria-label="Results" ref={list}>
            {groupsOf(found).map(([group, entries]) => (
              <div key={group} role="group" aria-label={group}>
                <div className={styles.group} aria-hidden="true">
                  {group}
                </div>
                {entries.map((entry) => (
                  <Line
                    key={entry.id}
                    entry={entry}
                    isCurrent={entry === current}
                    onPoint={() => setAt(found.indexOf(entry))}
                    onRun={() => run(entry)}
                  />
                ))}
              </div>
            ))}
            {found.length === 0 && <p className={styles.none}>Nothing matches “{query}”.</p>}
          </div>
          <footer className={styles.foot} aria-hidden="true">
            <span>
              <Kbd keys="↑" />
              <Kbd keys="↓" /> choose
            </span>
            <span>
              <Kbd keys="Enter" /> do it
            </span>
            <span className={current?.others ? '' : styles.off}>
              <Kbd keys="Tab" /> other actions
            </span>
            <span className="grow" />
            <span>
              <Kbd keys="@" /> guests
            </span>
            <span>
              <Kbd keys="#" /> tasks
            </span>
            <span>
              <Kbd keys=">" /> commands
            </span>
          </footer>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const entryId = (entry: Entry) => `entry-${entry.id.replace(/[^\w-]/g, '_')}`;

function groupsOf(found: readonly Found[]): [string, Found[]][] {
  const groups = new Map<string, Found[]>();
  for (const entry of found) {
    const list = groups.get(entry.group);
    if (list) list.push(entry);
    else groups.set(entry.group, [entry]);
  }
  return [...groups];
}

function Line(props: { entry: Found; isCurrent: boolean; onPoint: () => void; onRun: () => void }) {
  const { entry, isCurrent, onPoint, onRun } = props;
  const { state } = entry;
  return (
    <div
      id={entryId(entry)}
      role="option"
      aria-selected={isCurrent}
      className={`${styles.line} ${isCurrent ? styles.on : ''}`}
      onPointerMove={() => !isCurrent && onPoint()}
      onClick={onRun}
    >
      <span className={entry.iconColor ?? 'mid'}>
        <Icon name={entry.icon} />
      </span>
      <span className="cut">{emphasise(entry.title, entry.match.ranges)}</span>
      {entry.sub && <span className={`${styles.sub} cut`}>{entry.sub}</span>}
      <span className="grow" />
      {entry.keys && <Kbd keys={entry.keys} />}
      {state && (
        <span className={`${styles.state} ${state.icon ? '' : state.color}`}>
          {state.icon && <Icon name={state.icon} size={12} className={state.color} />}
          {state.word}
        </span>
      )}
    </div>
  );
}

function emphasise(title: string, ranges: Found['match']['ranges']): ReactNode {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of ranges) {
    if (from < at) continue;
    parts.push(title.slice(at, from), <mark key={from}>{title.slice(from, to)}</mark>);
    at = to;
  }
  parts.push(title.slice(at));
  return parts;
}
