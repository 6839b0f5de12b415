import { sleep } from '../../shared/base/abort.ts';
import type { Clock } from '../../shared/base/clock.ts';
import { AppError } from '../../shared/base/errors.ts';
import type { MethodHandlers } from '../../shared/wire/peer.ts';

const REREAD_MS = 5_000; // a server that just broke may not answer this either

/**
 * Wraps calls that change a cluster: where the outcome of one is unknown, its state is read again before the page hears
 * of it, so that a person who is asked whether to send it again looks at what is, not at what was.
 */
export function rereadUnknown(
  methods: MethodHandlers,
  clock: Clock,
  reread: (clusterId: string) => Promise<unknown>,
): MethodHandlers {
  const wrap = (handle: (params: never, context: never) => unknown) => async (params: never, context: never) => {
    try {
      return await handle(params, context);
    } catch (error) {
      const clusterId = (params as { clusterId?: string }).clusterId;
      if (error instanceof AppError && error.code === 'outcome-unknown' && clusterId !== undefined) {
        await withinReason(clock, reread(clusterId));
      }
      throw error;
    }
  };
  const wrapped: Record<string, unknown> = {};
  for (const [name, handle] of Object.entries(methods)) wrapped[name] = wrap(handle);
  return wrapped as unknown as MethodHandlers; // the same names, parameters and results
}

async function withinReason(clock: Clock, reading: Promise<unknown>): Promise<void> {
  const enough = new AbortController();
  const waiting = sleep(clock, REREAD_MS, enough.signal).catch(() => undefined);
  await Promise.race([reading.catch(() => undefined), waiting]);
  enough.abort();
}
