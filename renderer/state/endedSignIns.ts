import type { Cluster } from '../../shared/model/cluster.ts';
import { closeToast, notify } from './toasts.ts';
import { openDialog } from './ui.ts';

/** Cluster to toast. */
const told = new Map<string, number>();

/** A sign-in that the server ended, as after a long sleep, is told once, with the way back; that takes the toast away. */
export function tellEndedSignIns(before: readonly Cluster[], now: readonly Cluster[]): void {
  const states = new Map(before.map(({ id, state }) => [id, state]));
  for (const { id, name, address, user, state, error } of now) {
    const was = states.get(id);
    if (state !== 'signed-out') {
      const toast = told.get(id);
      told.delete(id);
      if (toast !== undefined) closeToast(toast);
    } else if (was !== undefined && was !== state && error?.code === 'session-expired') {
      const run = () => openDialog({ kind: 'sign-in', address, ...(user !== undefined && { user }) });
      told.set(
        id,
        notify({ kind: 'failed', text: `Your sign-in to ${name} has ended.`, action: { label: 'Sign in', run } }),
      );
    }
  }
  const ids = new Set(now.map(({ id }) => id));
  for (const [id, toast] of told) {
    if (ids.has(id)) continue;
    told.delete(id);
    closeToast(toast);
  }
}
