import * as z from 'zod/mini';

import {
  downloadRequest,
  remoteMigrationRequest,
  restoreRequest,
  transfer,
  type Transfer,
  transferLimits,
  type TransferLimits,
  uploadRequest,
} from '../../../shared/model/transfer.ts';
import type { DocumentStore } from '../deps.ts';

/** A token that was made for a migration: named, so that it can be removed; its secret is nowhere. */
const madeToken = z.object({ clusterId: z.string(), user: z.string(), name: z.string() });
export type MadeToken = z.infer<typeof madeToken>;

/** What was asked for, without secrets: enough to start it again. */
const request = z.union([
  z.object({ kind: z.literal('upload'), ...uploadRequest.shape }),
  z.object({ kind: z.literal('download'), ...downloadRequest.shape }),
  z.object({ kind: z.literal('restore'), ...restoreRequest.shape }),
  z.object({ kind: z.literal('remote-migration'), ...z.omit(remoteMigrationRequest, { token: true }).shape }),
]);
export type KeptRequest = z.infer<typeof request>;

/** A transfer as it is kept over restarts. */
export const transferRecord = z.object({
  transfer,
  request,
  /** Of a download or restore: what is written to until all of it is there. */
  draftPath: z.optional(z.string()),
  madeToken: z.optional(madeToken),
});
export type TransferRecord = z.infer<typeof transferRecord>;

const DOCUMENT = 'transfers';
const stored = z.object({ limits: z.unknown(), transfers: z.array(z.unknown()) });

export const defaultLimits: TransferLimits = { parallel: 2, bytesPerSecond: 0 };

export interface KeptTransfers {
  readonly limits: TransferLimits;
  readonly records: readonly TransferRecord[];
}

/** Reads what is remembered. A damaged entry is left out, a missing document is an empty list. */
export async function readTransfers(documents: DocumentStore): Promise<KeptTransfers> {
  const parsed = stored.safeParse(await documents.read(DOCUMENT));
  if (!parsed.success) return { limits: defaultLimits, records: [] };
  const limits = transferLimits.safeParse(parsed.data.limits);
  const records = parsed.data.transfers.flatMap((entry) => {
    const record = transferRecord.safeParse(entry);
    return record.success ? [record.data] : [];
  });
  return { limits: limits.success ? limits.data : defaultLimits, records };
}

export async function writeTransfers(documents: DocumentStore, { limits, records }: KeptTransfers): Promise<void> {
  await documents.write(DOCUMENT, { limits, transfers: records });
}

/** A new one at the end of the queue. */
export function newTransfer(
  given: Pick<Transfer, 'id' | 'kind' | 'clusterId' | 'name' | 'createdAtMs'> & Partial<Transfer>,
): Transfer {
  return { state: 'queued', actions: [], doneBytes: 0, restarts: 0, ...given };
}
