import { sleep } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { realmsAnswer } from '../api/schemas.ts';
import type { Connection } from './connection.ts';
import type { KnownNode } from './knownNodes.ts';

const NEXT_AFTER_MS = 400; // a node that is there answers sooner, mostly; the next is asked beside it
const ANSWERS_WITHIN_MS = 5_000;

/** Undefined: the address the cluster is listed with. */
export type WayIn = KnownNode | undefined;

export interface Answering {
  readonly way: WayIn;
  readonly connection: Connection;
}

/**
 * The first of these nodes that answers with the certificate the cluster told us of. The question is one that needs no
 * sign-in and changes nothing. Connections to the others are ended.
 */
export async function findAnswering(
  ways: readonly WayIn[],
  open: (way: WayIn) => Connection,
  clock: Clock,
  outer: AbortSignal,
): Promise<Answering | undefined> {
  const won = new AbortController();
  const signal = AbortSignal.any([won.signal, outer]);
  const tries = ways.map(async (way, index): Promise<Answering> => {
    await sleep(clock, index * NEXT_AFTER_MS, signal);
    const connection = open(way);
    try {
      const options = { anonymous: true, timeoutMs: ANSWERS_WITHIN_MS, signal };
      await connection.api.get('/access/domains', realmsAnswer, options);
      if (signal.aborted) throw new Error('Another node was first.');
      won.abort();
      return { way, connection };
    } catch (error) {
      connection.dispose();
      throw error;
    }
  });
  return await Promise.any(tries).catch(() => undefined);
}
