import type { Moves } from '../../../shared/base/state.ts';
import type { TransferAction, TransferKind, TransferState } from '../../../shared/model/transfer.ts';

/** An upload that waits for an answer gives its place in the queue away, and is queued anew when it has one. */
export const transferMoves: Moves<TransferState> = {
  queued: ['preparing', 'running', 'paused', 'cancelled', 'failed'],
  preparing: ['queued', 'asking', 'running', 'paused', 'skipped', 'cancelled', 'failed', 'interrupted'],
  asking: ['queued', 'skipped', 'cancelled'],
  running: ['queued', 'verifying', 'paused', 'done', 'failed', 'cancelled', 'interrupted'],
  verifying: ['done', 'failed', 'cancelled', 'interrupted'],
  paused: ['queued', 'cancelled'],
  done: [],
  failed: [],
  cancelled: [],
  skipped: [],
  interrupted: [],
};

export const isFinal = (state: TransferState): boolean => transferMoves[state].length === 0;

/** What the methods of the contract will not refuse in this state. */
export function actionsOf(kind: TransferKind, state: TransferState): TransferAction[] {
  if (isFinal(state)) return state === 'done' || kind === 'remote-migration' ? ['remove'] : ['retry', 'remove'];
  if (kind === 'remote-migration') return ['cancel'];
  if (state === 'asking') return ['answer', 'cancel'];
  if (state === 'paused') return ['resume', 'cancel'];
  if (state === 'verifying') return ['cancel'];
  return ['pause', 'cancel'];
}
