import type { Transfer } from '../../shared/model/transfer.ts';
import type { Notice } from './notices.ts';
import { transferKey } from './monitorItems.ts';
import { describeTransfer } from './transferWords.ts';
import type { Transfers } from './transfers.ts';

/** What a person may want to hear of transfers of this computer: their ends, and questions. Of what was seen before. */
export function transferNotices(before: Transfers, now: Transfers): Notice[] {
  if (before.shape === now.shape) return [];
  return [...now.transfers.values()].flatMap((transfer) => {
    const old = before.transfers.get(transfer.id);
    const kind = old && old.state !== transfer.state ? kindOf(transfer) : undefined;
    if (kind === undefined) return [];
    const { title } = describeTransfer(transfer);
    return [{ key: transferKey(transfer.id), clusterId: transfer.clusterId, kind, ...wordsOf(title, transfer) }];
  });
}

function kindOf({ kind, state }: Transfer): Notice['kind'] | undefined {
  if (kind === 'remote-migration') return undefined; // its task says it
  if (state === 'asking') return 'asks';
  if (state === 'failed') return 'failed';
  return state === 'done' && kind !== 'upload' ? 'finished' : undefined; // an upload ends with a task of the server
}

function wordsOf(title: string, transfer: Transfer): { title: string; body: string } {
  const { state, error, exists, lockedKey, restore, download } = transfer;
  if (state === 'failed') return { title: `“${title}” failed`, body: error?.message ?? '' };
  if (state === 'done') return { title: `“${title}” finished`, body: restore?.path ?? download?.path ?? '' };
  const body = lockedKey ? 'Its key file is locked.' : `${exists?.name ?? 'A file of that name'} is there already.`;
  return { title: `“${title}” waits for an answer`, body };
}
