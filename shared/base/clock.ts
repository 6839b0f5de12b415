import { type Disposable, toDisposable } from './lifecycle.ts';

/** The only way to time. Tests hand in a fake one. */
export interface Clock {
  /** Milliseconds since the epoch, for showing. May jump. */
  wallMs(): number;
  /** Milliseconds that only grow, for measuring. */
  nowMs(): number;
  /** Calls `fn` once after `ms` unless disposed before. */
  timer(ms: number, fn: () => void): Disposable;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  nowMs: () => performance.now(),
  timer(ms, fn) {
    const timer = setTimeout(fn, ms);
    return toDisposable(() => clearTimeout(timer));
  },
};

/** Calls `fn` every `ms`, first after `ms`, until disposed. */
export function every(clock: Clock, ms: number, fn: () => void): Disposable {
  let timer: Disposable;
  let ended = false;
  const arm = () => {
    timer = clock.timer(ms, () => {
      fn();
      if (!ended) arm();
    });
  };
  arm();
  return toDisposable(() => {
    ended = true;
    timer.dispose();
  });
}
