import { AppError } from '../../../shared/base/errors.ts';
import { type Guest, managedPowerActions, type PowerAction } from '../../../shared/model/inventory.ts';
import { upidAnswer } from '../api/schemas.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

export interface PowerOptions {
  readonly session: ClusterSession;
  readonly guest: Guest;
  readonly action: PowerAction;
  /** Asks the cluster where the guest is by now. */
  readonly relocate: () => Promise<Guest>;
  readonly signal?: AbortSignal | undefined;
}

/** Starts, stops and so on; gives the UPID of the task that does it. Never sent twice but to the node it moved to. */
export async function powerGuest(options: PowerOptions): Promise<string> {
  const { guest, action, relocate } = options;
  if (guest.type === 'lxc' && action === 'reset') {
    throw new AppError('unsupported', 'Containers have no reset. Choose reboot or stop.');
  }
  try {
    return await send(options, guest);
  } catch (error) {
    // The node said that it does not have the guest: it moved, and nothing was done (PVE wire facts 11.31).
    if (!(error instanceof AppError) || error.code !== 'not-found') throw error;
    const moved = await relocate();
    if (moved.node === guest.node) throw error;
    return await send(options, moved);
  }
}

const notPassedOn = (action: PowerAction) =>
  new AppError(
    'unsupported',
    `Datacenter Manager does not pass on '${action}'. Sign in to the guest's own cluster for it.`,
  );

async function send({ session, action, signal }: PowerOptions, { node, type, vmid, remote }: Guest): Promise<string> {
  if (remote !== undefined) {
    if (!managedPowerActions[type].includes(action)) throw notPassedOn(action);
    const path = `/pve/remotes/${encodeURIComponent(remote)}/${type}/${vmid}/${action}`;
    return await session.api.post(path, upidAnswer, { signal });
  }
  const path = `/nodes/${encodeURIComponent(node)}/${type}/${vmid}/status/${action}`;
  return await session.api.post(path, upidAnswer, { signal });
}
