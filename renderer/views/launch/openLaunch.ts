import { AppError } from '../../../shared/base/errors.ts';
import type { Guest } from '../../../shared/model/inventory.ts';
import type { Launch } from '../../../shared/model/launch.ts';
import { call } from '../../api/engine.ts';
import { clusterById, useClusters } from '../../state/clusters.ts';
import { openConsole, openUsualConsole, targetOf } from '../../state/dock.ts';
import { useInventory } from '../../state/inventory.ts';
import { putAway } from '../../state/launches.ts';
import { notify, notifyFailure } from '../../state/toasts.ts';
import { openDialog } from '../../state/ui.ts';
import { openInViewer } from '../viewerActions.ts';
import { openEndpoint } from './openEndpoint.ts';

type GuestLaunch = Extract<Launch['what'], { kind: 'guest' }>;

/** A link to a cluster that is trusted and signed in opens by itself; everything else asks. */
export function needsConsent({ what }: Launch): boolean {
  return what.kind !== 'guest' || clusterById(what.clusterId)?.state !== 'signed-in';
}

/** The person agreed, or did so when they signed in. */
export async function openLaunch({ id, what }: Launch): Promise<void> {
  putAway(id);
  try {
    const opened = await call('launch.accept', { launchId: id });
    if (opened.kind === 'viewer') notify({ kind: 'done', text: `It is open in ${opened.viewer}.` });
    else if (opened.kind === 'console') openEndpoint(opened);
    else if (what.kind === 'guest') openWhenKnown(what);
  } catch (error) {
    const known = AppError.from(error);
    if (known.detail?.['missing'] === 'viewer')
      return openDialog({ kind: 'no-viewer', protocol: 'spice', guestKey: '' });
    notifyFailure('The console was not opened.', error);
  }
}

/** Opens the guest once its cluster has told which it has; asks for a sign-in where that is missing. */
function openWhenKnown(what: GuestLaunch): void {
  if (tryOpen(what)) return;
  const cluster = clusterById(what.clusterId);
  if (cluster?.state === 'signed-out')
    openDialog({ kind: 'sign-in', address: cluster.address, user: cluster.user ?? '' });
  const look = () => {
    if (clusterById(what.clusterId) && !tryOpen(what)) return;
    for (const stop of stops) stop();
  };
  const stops = [useInventory.subscribe(look), useClusters.subscribe(look)];
}

/** True where there is nothing to wait for any more. */
function tryOpen({ clusterId, guest: wanted, view }: GuestLaunch): boolean {
  const { known, guests } = useInventory.getState();
  const cluster = clusterById(clusterId);
  if (cluster?.state !== 'signed-in' || !known.has(clusterId)) return false;
  const found = [...guests.values()].filter((guest) => guest.clusterId === clusterId && isWanted(guest, wanted));
  const [guest] = found;
  if (!guest)
    notify({
      kind: 'failed',
      text: `${cluster.name} has no guest “${wanted}”. It may have been removed, or this sign-in may not see it.`,
    });
  else if (found.length > 1)
    notify({
      kind: 'failed',
      text: `${cluster.name} has ${found.length} guests called “${wanted}”. Use a link with the number of one of them.`,
    });
  else if (view === 'spice') void openInViewer(guest, 'spice');
  else if (view) openConsole({ target: targetOf(guest), view });
  else openUsualConsole(targetOf(guest));
  return true;
}

const isWanted = (guest: Guest, wanted: string) => String(guest.vmid) === wanted || guest.name === wanted;
