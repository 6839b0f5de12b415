import type { MethodHandlers } from '../../../shared/wire/peer.ts';

type Answered = 'task.samples' | 'history.list' | 'history.clear';

/** What a page may ask of the monitor. */
export function monitorMethods(): Pick<MethodHandlers, Answered> {
  return {
    'task.samples': () => ({ samples: [] }),
    'history.list': () => ({ entries: [], total: 0 }),
    'history.clear': () => ({}),
  };
}
