import { type Clock, systemClock } from '../../shared/base/clock.ts';
import type { BackendFactory } from './backends.ts';
import { createEmbeddedGuest } from './guests/embeddedGuest.ts';
import { prepareQemu, type QemuSupport } from './qemu/qemuSupport.ts';

const PREPARE_MS = 60_000; // the demo is promised to be ready in 90 s, also where a kernel has to be fetched first

export interface GuestBackendOptions {
  readonly log?: (line: string) => void;
  /** Gives up on QEMU. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** What stands behind the lab's guests: embedded ones, and real ones in QEMU where that can be had in time. */
export async function prepareGuestBackends(options: GuestBackendOptions = {}): Promise<BackendFactory> {
  const qemu = await qemuInTime(options);
  return ({ vmid, name, backend }) =>
    qemu && backend === 'qemu' ? qemu.createGuest({ vmid, name }) : createEmbeddedGuest({ vmid, name });
}

async function qemuInTime(options: GuestBackendOptions): Promise<QemuSupport | undefined> {
  const { log, signal, clock = systemClock } = options;
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = clock.timer(PREPARE_MS, abort);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await prepareQemu({ ...(log && { log }), signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    log?.('no QEMU guest: it was not ready in time');
    return undefined;
  } finally {
    timer.dispose();
    signal?.removeEventListener('abort', abort);
  }
}
