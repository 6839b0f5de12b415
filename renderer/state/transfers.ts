import { create } from 'zustand';

import type { Transfer, TransferLimits, TransfersChange, TransferState } from '../../shared/model/transfer.ts';
import { isSame } from './same.ts';

/** As many as the little curve can tell apart. */
const MOST_RATES = 36;

export interface Transfers {
  /** By ID. */
  readonly transfers: ReadonlyMap<string, Transfer>;
  /** Bytes a second of those that run, oldest first. */
  readonly rates: ReadonlyMap<string, readonly number[]>;
  /** ID of the transfer that a server's task belongs to, by UPID. */
  readonly byUpid: ReadonlyMap<string, string>;
  readonly limits: TransferLimits;
  /** How many of our files are not over yet; migrations are told by their tasks. */
  readonly running: number;
  /** Grows when one appears, vanishes or comes to another state. */
  readonly shape: number;
}

export const emptyTransfers: Transfers = {
  transfers: new Map(),
  rates: new Map(),
  byUpid: new Map(),
  limits: { parallel: 1, bytesPerSecond: 0 },
  running: 0,
  shape: 0,
};

/** Equal transfers keep their identity, so that only the rows of those that changed are painted. */
export function applyTransfersChange(before: Transfers, change: TransfersChange): Transfers {
  const transfers = new Map(change.full ? [] : before.transfers);
  const rates = new Map(change.full ? [] : before.rates);
  let shape = change.full && before.transfers.size > 0 ? 1 : 0;
  for (const id of change.removed) {
    if (transfers.delete(id)) shape++;
    rates.delete(id);
  }
  for (const transfer of change.transfers) {
    const old = before.transfers.get(transfer.id);
    transfers.set(transfer.id, old && isSame(old, transfer) ? old : transfer);
    if (old?.state !== transfer.state) shape++;
    const known = before.rates.get(transfer.id) ?? [];
    const rate = transfer.bytesPerSecond;
    rates.set(transfer.id, rate === undefined ? known : [...known, rate].slice(-MOST_RATES));
  }
  const byUpid = new Map([...transfers.values()].flatMap(({ id, upid }) => (upid === undefined ? [] : [[upid, id]])));
  const limits = isSame(before.limits, change.limits) ? before.limits : change.limits;
  let running = 0;
  for (const one of transfers.values()) if (one.kind !== 'remote-migration' && !isOver(one)) running++;
  return { transfers, rates, byUpid, limits, running, shape: before.shape + shape };
}

export const useTransfers = create<Transfers>()(() => emptyTransfers);

export const useTransfer = (id: string | undefined) =>
  useTransfers(({ transfers }) => (id === undefined ? undefined : transfers.get(id)));

const final: ReadonlySet<TransferState> = new Set(['done', 'failed', 'cancelled', 'skipped', 'interrupted']);
export const isOver = ({ state }: Transfer) => final.has(state);
export const hasFailed = ({ state }: Transfer) => state === 'failed' || state === 'interrupted';
