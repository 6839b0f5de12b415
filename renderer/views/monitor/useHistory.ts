import { useCallback, useEffect, useRef, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import type { HistoryEntry, HistoryFilter } from '../../../shared/model/history.ts';
import { call } from '../../api/engine.ts';
import { useTasks } from '../../state/tasks.ts';

const PAGE_ENTRIES = 200;
const SETTLE_MS = 200; // of typing, before the engine searches

export type HistoryStates = 'all' | 'failed' | 'ok';

export interface History {
  readonly entries: readonly HistoryEntry[];
  readonly total: number;
  /** What stands in the place of an empty list. */
  readonly words: string;
  readonly text: string;
  readonly states: HistoryStates;
  readonly clusterId: string | undefined;
  /** As the engine takes it, for the export of just this. */
  readonly filter: HistoryFilter;
  readonly setText: (text: string) => void;
  readonly setStates: (states: HistoryStates) => void;
  readonly setCluster: (clusterId: string | undefined) => void;
  readonly fetchMore: () => void;
  readonly reload: () => void;
}

interface Loaded {
  readonly entries: readonly HistoryEntry[];
  readonly total: number;
  readonly next: string | undefined;
  readonly words: string;
}

const nothing: Loaded = { entries: [], total: 0, next: undefined, words: 'Looking.' };
const statesOf: Record<HistoryStates, HistoryFilter['states']> = {
  all: undefined,
  ok: ['ok'],
  failed: ['failed', 'warnings', 'unknown'],
};

/** The history as the person filters it, fetched in pages as far as it is looked at. */
export function useHistory(): History {
  const [text, setText] = useState('');
  const [states, setStates] = useState<HistoryStates>('all');
  const [clusterId, setCluster] = useState<string | undefined>(undefined);
  const [loaded, setLoaded] = useState<Loaded>(nothing);
  const [round, setRound] = useState(0);
  const isFetching = useRef(false);
  const ended = useTasks((tasks) => tasks.shape);
  const wanted = statesOf[states];
  const filter: HistoryFilter = {
    ...(text.trim() !== '' && { search: text.trim().slice(0, 200) }),
    ...(clusterId !== undefined && { clusterId }),
    ...(wanted && { states: wanted }),
  };
  const question = JSON.stringify(filter);
  const hasFilter = question !== '{}';

  useEffect(() => {
    void [round, ended]; // asked anew when a task has ended
    const abort = new AbortController();
    const ask = async () => {
      try {
        const params = { filter: JSON.parse(question) as HistoryFilter, limit: PAGE_ENTRIES };
        const { entries, total, next } = await call('history.list', params, { signal: abort.signal });
        const words = hasFilter ? 'Nothing in the history is like that.' : 'Tasks that are over will stand here.';
        setLoaded({ entries, total, next, words });
      } catch (error) {
        if (!abort.signal.aborted) setLoaded({ ...nothing, words: AppError.from(error).message });
      }
    };
    const timer = systemClock.timer(SETTLE_MS, () => void ask());
    return () => {
      timer.dispose();
      abort.abort();
    };
  }, [question, hasFilter, round, ended]);

  const { next } = loaded;
  const fetchMore = useCallback(() => {
    if (next === undefined || isFetching.current) return;
    isFetching.current = true;
    const params = { filter: JSON.parse(question) as HistoryFilter, after: next, limit: PAGE_ENTRIES };
    call('history.list', params)
      .then((page) =>
        setLoaded((before) =>
          before.next === next
            ? { ...before, entries: [...before.entries, ...page.entries], total: page.total, next: page.next }
            : before,
        ),
      )
      .catch(() => undefined) // the end of the list asks again
      .finally(() => {
        isFetching.current = false;
      });
  }, [next, question]);

  const reload = () => setRound((n) => n + 1);
  const { entries, total, words } = loaded;
  return { entries, total, words, text, states, clusterId, filter, setText, setStates, setCluster, fetchMore, reload };
}
