import type { backupMethods } from '../../shared/wire/backupContract.ts';
import type { MethodHandlers } from '../../shared/wire/peer.ts';
import type { EngineParts } from './engineParts.ts';

type Parts = Pick<EngineParts, 'backups' | 'transfers'>;

/** What a page may ask about backups. Restores are transfers. */
export function backupHandlers({ backups, transfers }: Parts): Pick<MethodHandlers, keyof typeof backupMethods> {
  return {
    'backup.datastores': async ({ clusterId }, { signal }) => ({
      datastores: await backups.datastores(clusterId, { signal }),
    }),
    'backup.namespaces': async ({ clusterId, datastore }, { signal }) => ({
      namespaces: await backups.namespaces(clusterId, datastore, { signal }),
    }),
    'backup.groups': async ({ clusterId, ...place }, { signal }) => ({
      groups: await backups.groups(clusterId, place, { signal }),
    }),
    'backup.snapshots': async ({ clusterId, ...group }, { signal }) => ({
      snapshots: await backups.snapshots(clusterId, group, { signal }),
    }),
    'backup.entries': async ({ clusterId, snapshot, filepath }, { signal }) => ({
      entries: await backups.entries(clusterId, snapshot, filepath, { signal }),
    }),
    'backup.keyFile': ({ path }) => transfers.keyFile(path),
  };
}
