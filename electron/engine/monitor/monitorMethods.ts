import type { MethodHandlers } from '../../../shared/wire/peer.ts';
import type { Monitor } from './monitor.ts';

type Answered = 'task.samples' | 'history.list' | 'history.clear';

/** What a page may ask of the monitor. */
export function monitorMethods({ samples, history }: Monitor): Pick<MethodHandlers, Answered> {
  return {
    'task.samples': ({ clusterId, upid }) => ({ samples: [...samples.of(clusterId, upid)] }),
    'history.list': (wanted) => history.list(wanted),
    'history.clear': async () => {
      await history.clear();
      return {};
    },
  };
}
