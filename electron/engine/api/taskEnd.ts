import * as z from 'zod/mini';

import { isReplicationRun, parseUpid } from '../../../shared/codec/task/upid.ts';
import type { Product } from '../../../shared/model/product.ts';
import type { ApiClient } from './apiClient.ts';
import { lenient, perlNumber, perlText } from './perl.ts';
import { taskStatusAnswer } from './schemas.ts';
import { taskPath } from './taskPath.ts';

const replicationAnswer = z.object({
  pid: lenient(perlNumber),
  last_try: lenient(perlNumber),
  error: lenient(perlText),
});

/**
 * How a task ended, in the server's words: `OK`, an error, or nothing where nobody knows. Undefined while it runs (PVE
 * wire facts 6.2, 6.4 i).
 */
export async function askTaskEnd(
  api: ApiClient,
  { product, upid }: { readonly product: Product; readonly upid: string },
  options: { readonly signal: AbortSignal; readonly isBackground?: boolean },
): Promise<string | undefined> {
  const path = taskPath(product, upid, 'status');
  if (!isReplicationRun(upid)) {
    const { status, exitstatus } = await api.get(path, taskStatusAnswer, options);
    return status === 'stopped' ? (exitstatus ?? '') : undefined;
  }
  const { pid = 0, last_try, error } = await api.get(path, replicationAnswer, options);
  const isThisRun = last_try === undefined || last_try * 1000 === parseUpid(upid)?.startedAtMs;
  if (!isThisRun) return '';
  return pid > 0 ? undefined : (error ?? 'OK');
}
