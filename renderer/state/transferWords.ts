import type { QueuedMigration } from '../../shared/model/migration.ts';
import type { Transfer } from '../../shared/model/transfer.ts';
import type { IconName } from '../widgets/iconShapes.tsx';
import { clusterById } from './clusters.ts';
import { guestKey, useInventory } from './inventory.ts';

const clusterName = (id: string) => clusterById(id)?.name ?? 'cluster';
const guestName = (clusterId: string, guestId: string) =>
  useInventory.getState().guests.get(guestKey(clusterId, guestId))?.name ?? guestId.replace('/', ' ');

export function describeTransfer(transfer: Transfer): { title: string; place: string; icon: IconName } {
  const { kind, name, clusterId, upload, download, restore, migration } = transfer;
  switch (kind) {
    case 'upload':
      return {
        title: `Upload ${name}`,
        place: `to ${clusterName(clusterId)}${upload ? `: ${upload.node}, ${upload.storage}` : ''}`,
        icon: 'upload',
      };
    case 'download':
      return {
        title: `Download ${name}`,
        place: `from ${clusterName(clusterId)}${download ? ` to ${download.path}` : ''}`,
        icon: 'box',
      };
    case 'restore':
      return {
        title: `Restore ${name}`,
        place: restore
          ? `${restore.archive} of ${restore.snapshot.type} ${restore.snapshot.id} from ${clusterName(clusterId)} to ${restore.path}`
          : `from ${clusterName(clusterId)}`,
        icon: 'box',
      };
    case 'remote-migration':
      return {
        title: `Migrate ${name}`,
        place: `${clusterName(clusterId)} to ${migration ? clusterName(migration.targetClusterId) : 'another cluster'}`,
        icon: 'arrow',
      };
  }
}

export function describeQueued(queued: QueuedMigration): { title: string; place: string } {
  const { clusterId, guestId, target } = queued;
  return { title: `Migrate ${guestName(clusterId, guestId)}`, place: `${clusterName(clusterId)}: to ${target}` };
}

export interface TransferLook {
  readonly word: string;
  readonly icon: IconName;
  readonly color: 'ok' | 'info' | 'warn' | 'bad' | 'dim';
}

/** State is shape, colour and word. */
export function transferLook(transfer: Transfer): TransferLook {
  const { icon } = describeTransfer(transfer);
  switch (transfer.state) {
    case 'queued':
      return { word: 'Waits for its turn', icon: 'clock', color: 'dim' };
    case 'preparing':
      return { word: transfer.kind === 'upload' ? 'Reading the file' : 'Getting ready', icon, color: 'info' };
    case 'asking':
      return { word: 'Asks', icon: 'alert', color: 'warn' };
    case 'running':
      return { word: 'Running', icon, color: 'info' };
    case 'verifying':
      return { word: 'Making sure', icon, color: 'info' };
    case 'paused':
      return { word: 'Paused', icon: 'pause', color: 'warn' };
    case 'done':
      return { word: 'Finished', icon: 'done', color: 'ok' };
    case 'failed':
      return { word: 'Failed', icon: 'fail', color: 'bad' };
    case 'cancelled':
      return { word: 'Cancelled', icon: 'square', color: 'dim' };
    case 'skipped':
      return { word: 'Left out', icon: 'square', color: 'dim' };
    case 'interrupted':
      return { word: 'Interrupted', icon: 'alert', color: 'warn' };
  }
}
