import { type Clock, systemClock } from '../../shared/base/clock.ts';
import type { BackendFactory } from './backends.ts';
import { DefaultBackends } from './defaultBackends.ts';

const PREPARE_MS = 60_000; // the demo is promised to be ready in 90 s, also where a kernel has to be fetched first

export interface GuestBackendOptions {
  readonly log?: (line: string) => void;
  /** Gives up on QEMU. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * What stands behind the lab's guests: embedded ones, and real ones in QEMU where that can be had in time. Unlike the
 * lab's own default it looks now, so that the first console does not have to wait for it.
 */
export async function prepareGuestBackends(options: GuestBackendOptions = {}): Promise<BackendFactory> {
  const { log = () => undefined, signal, clock = systemClock } = options;
  const backends = new DefaultBackends({ qemu: true, log });
  const giveUp = () => backends.dispose();
  const timer = clock.timer(PREPARE_MS, () => {
    log('no QEMU guest: it was not ready in time');
    giveUp();
  });
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
  await backends.prepare();
  timer.dispose();
  signal?.removeEventListener('abort', giveUp);
  return backends.create;
}
