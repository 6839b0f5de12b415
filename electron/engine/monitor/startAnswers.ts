// Fields of the answers that decide what can be started (PVE wire facts 2.6, 7.3).
import * as z from 'zod/mini';

import type { StorageChoice } from '../../../shared/model/migration.ts';
import { lenient, listOf, perlFlag, perlNumber, perlText } from '../api/perl.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

const texts = listOf(perlText);

/** Of `GET …/qemu/{vmid}/migrate`. Newer servers name mapped devices by node, older ones in a list. */
export const migrateAnswer = z.object({
  running: perlFlag,
  allowed_nodes: lenient(texts),
  not_allowed_nodes: lenient(z.record(z.string(), z.unknown())),
  local_disks: listOf(
    z.object({
      volid: perlText,
      drivename: lenient(perlText),
      size: lenient(perlNumber),
      is_attached: lenient(perlFlag),
    }),
  ),
  local_resources: texts,
  'mapped-resources': lenient(texts),
});

/** Why a node cannot take a guest; each list is there only where it holds something. */
export const refusedNode = z.object({
  unavailable_storages: lenient(texts),
  'unavailable-resources': lenient(texts),
});

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

/** The storages of a node that take a kind of content and answer. */
export async function readStorages(
  session: ClusterSession,
  node: string,
  content: 'images' | 'rootdir' | 'backup',
  signal: AbortSignal,
): Promise<StorageChoice[]> {
  const query = { content, enabled: true };
  const listed = await session.api.get(`/nodes/${encodeURIComponent(node)}/storage`, storagesAnswer, { query, signal });
  return listed
    .filter((one) => one.active !== false && (one.content ?? '').split(',').includes(content))
    .map(({ storage, type, content: takes, shared, avail, total }) => ({
      name: storage,
      type: type ?? '',
      isShared: shared,
      content: (takes ?? '').split(','),
      ...(avail === undefined ? {} : { availableBytes: avail }),
      ...(total === undefined ? {} : { totalBytes: total }),
    }));
}
