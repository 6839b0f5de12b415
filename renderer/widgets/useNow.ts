import { useEffect, useState } from 'react';

import { every, systemClock } from '../../shared/base/clock.ts';

/** The wall clock, renewed every `ms` while `isRunning`. For durations on screen. */
export function useNow(ms: number, isRunning = true): number {
  const [now, setNow] = useState(() => systemClock.wallMs());
  useEffect(() => {
    if (!isRunning) return undefined;
    setNow(systemClock.wallMs());
    const timer = every(systemClock, ms, () => setNow(systemClock.wallMs()));
    return () => timer.dispose();
  }, [ms, isRunning]);
  return now;
}
