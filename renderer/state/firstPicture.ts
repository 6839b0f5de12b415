import { create } from 'zustand';

import type { Clock } from '../../shared/base/clock.ts';

const MOST_WAIT_MS = 300; // a hidden tab draws nothing

/** Whether the window's first picture is on the screen. What is not part of it is fetched and made after it. */
export const useFirstPicture = create(() => ({ isDrawn: false }));

/** Waits for it, from before anything is drawn. */
export function awaitFirstPicture(clock: Clock): void {
  const observer = new PerformanceObserver((list) => {
    if (list.getEntriesByName('first-contentful-paint').length > 0) done();
  });
  const done = () => {
    limit.dispose();
    observer.disconnect();
    useFirstPicture.setState({ isDrawn: true });
  };
  const limit = clock.timer(MOST_WAIT_MS, done);
  observer.observe({ type: 'paint', buffered: true });
}

/** Runs `run` once it is drawn. */
export function afterFirstPicture(run: () => void): void {
  if (useFirstPicture.getState().isDrawn) return run();
  const stop = useFirstPicture.subscribe(() => {
    stop();
    run();
  });
}
