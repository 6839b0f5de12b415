import * as z from 'zod/mini';

import type { StorageChoice } from '../../../shared/model/migration.ts';
import type { ApiClient } from './apiClient.ts';
import { lenient, listOf, perlFlag, perlNumber, perlText } from './perl.ts';

const storagesAnswer = listOf(
  z.object({
    storage: perlText,
    type: lenient(z.string()),
    content: lenient(z.string()),
    shared: perlFlag,
    active: lenient(perlFlag),
    avail: lenient(perlNumber),
    total: lenient(perlNumber),
  }),
);

/** The enabled storages of a node that answer, or those of them that take a kind of content (PVE wire facts 7.3). */
export async function listStorages(
  api: ApiClient,
  node: string,
  { content, signal }: { content?: string; signal?: AbortSignal | undefined } = {},
): Promise<StorageChoice[]> {
  const query = { enabled: true, ...(content !== undefined && { content }) };
  const listed = await api.get(`/nodes/${encodeURIComponent(node)}/storage`, storagesAnswer, { query, signal });
  return listed
    .filter(({ active }) => active !== false)
    .map(({ storage, type, content: takes, shared, avail, total }) => ({
      name: storage,
      type: type ?? '',
      isShared: shared,
      content: (takes ?? '').split(','),
      ...(avail !== undefined && { availableBytes: avail }),
      ...(total !== undefined && { totalBytes: total }),
    }))
    .filter((storage) => content === undefined || storage.content.includes(content)); // old servers list all
}
