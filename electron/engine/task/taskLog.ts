import type { Product } from '../../../shared/model/product.ts';
import { taskLogAnswer } from '../api/schemas.ts';
import { taskPath } from '../api/taskPath.ts';
import type { ApiClient } from '../api/apiClient.ts';

const PAGE_LINES = 1_000;
const fakeLines = ['no content']; // what an empty log is shown as (PVE wire facts 6.2)

/** Where a task's log is read. */
export interface TaskPlace {
  readonly product: Product;
  readonly upid: string;
}

export interface LogPage {
  /** Lines that will not change any more. */
  readonly lines: readonly string[];
  /** The last line, which may still grow: it is read again next time. */
  readonly tail: string | undefined;
  /** True when more may be had at once. */
  readonly hasMore: boolean;
}

/**
 * Reads a log from `start` on, in lines received so far. The file is read while it is written, so the last line is
 * never taken for whole until another follows, or the caller knows that the task has ended.
 */
export async function readLogPage(
  api: ApiClient,
  { product, upid }: TaskPlace,
  start: number,
  options: { signal?: AbortSignal; isBackground?: boolean; limit?: number } = {},
): Promise<LogPage> {
  const limit = options.limit ?? PAGE_LINES;
  const entries = await api.get(taskPath(product, upid, 'log'), taskLogAnswer, {
    query: { start, limit },
    ...(options.signal && { signal: options.signal }),
    ...(options.isBackground !== undefined && { isBackground: options.isBackground }),
  });
  // Backup Server counts one line less and sends the last one again (facts 9.2).
  const fresh = entries.filter((entry) => entry.n > start).sort((a, b) => a.n - b.n);
  const texts = fresh.map((entry) => entry.t);
  if (start === 0 && texts.length === 1 && fakeLines.includes(texts[0] ?? '')) {
    return { lines: [], tail: undefined, hasMore: false };
  }
  return { lines: texts.slice(0, -1), tail: texts.at(-1), hasMore: entries.length >= limit };
}
