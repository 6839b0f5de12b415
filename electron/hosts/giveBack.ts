import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { systemClock } from '../../shared/base/clock.ts';

const AFTER_MS = 5_000; // the window stands and its page has been read

/** Once the start is over, what it left behind goes back to the system: the files of the page, mostly. */
export function giveBackAfterStart(): void {
  systemClock.timer(AFTER_MS, () => {
    setFlagsFromString('--expose-gc'); // for contexts made from now on, which no page's code is in
    const collect = runInNewContext('gc') as () => void;
    collect();
  });
}
