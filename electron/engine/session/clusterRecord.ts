import * as z from 'zod/mini';

import { fingerprint } from '../../../shared/model/cluster.ts';
import { product } from '../../../shared/model/product.ts';
import type { DocumentStore } from '../deps.ts';
import { knownNode } from './knownNodes.ts';

/** What is remembered of a cluster over restarts. No secret. */
export const clusterRecord = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(64)),
  name: z.string(),
  address: z.string(),
  /** Absent: Proxmox VE, as all were when this was not written down. */
  product: z.optional(product),
  /** `root@pam`. */
  user: z.optional(z.string()),
  /** The certificate seen last. */
  fingerprint: z.optional(fingerprint),
  /** True: exactly that certificate was accepted by a person. False: the system's CAs vouch for it. */
  isPinned: z.boolean(),
  /** An authority that a person named for the listed address, PEM; the system's do not count there then. */
  authorityPem: z.optional(z.string()),
  /** The cluster's nodes, as it told of them itself: other ways to it. */
  nodes: z.optional(z.array(knownNode)),
  /** The cluster's own authority, PEM, told by itself. */
  caPem: z.optional(z.string()),
  /** True: a person said that what that authority signs is trusted too. */
  trustsAuthority: z.optional(z.boolean()),
});
export type ClusterRecord = z.infer<typeof clusterRecord>;

const DOCUMENT = 'clusters';
const stored = z.object({ clusters: z.array(z.unknown()) });

/** Reads what is remembered. A damaged entry is left out, a missing document is an empty list. */
export async function readClusterRecords(documents: DocumentStore): Promise<ClusterRecord[]> {
  return recordsIn(await documents.read(DOCUMENT));
}

function recordsIn(document: unknown): ClusterRecord[] {
  const parsed = stored.safeParse(document);
  if (!parsed.success) return [];
  const records: ClusterRecord[] = [];
  for (const entry of parsed.data.clusters) {
    const record = clusterRecord.safeParse(entry);
    if (record.success) records.push(record.data);
  }
  return records;
}

/**
 * Writes what this process knows, and leaves what others added: `sluice login` writes the same list. What was removed
 * here is removed. Gives what others added.
 */
export async function mergeClusterRecords(
  documents: DocumentStore,
  own: readonly ClusterRecord[],
  forgotten: ReadonlySet<string>,
): Promise<ClusterRecord[]> {
  let others: ClusterRecord[] = [];
  const merge = (now: unknown) => {
    const isOwn = ({ id, address }: ClusterRecord) =>
      own.some((record) => record.id === id || record.address === address);
    others = recordsIn(now).filter((record) => !forgotten.has(record.id) && !isOwn(record));
    return { clusters: [...own, ...others] };
  };
  if (documents.update) await documents.update(DOCUMENT, merge);
  else await documents.write(DOCUMENT, merge(await documents.read(DOCUMENT)));
  return others;
}
