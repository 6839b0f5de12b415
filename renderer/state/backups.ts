import { create } from 'zustand';

import { MANIFEST_NAME } from '../../shared/codec/pbs/archiveName.ts';
import { AppError } from '../../shared/base/errors.ts';
import type { BackupSnapshot, SnapshotRef } from '../../shared/model/backup.ts';
import { call } from '../api/engine.ts';
import { backupKey, type BackupNode, type Below } from './backupRows.ts';

export interface Backups {
  readonly below: ReadonlyMap<string, Below>;
  readonly expanded: ReadonlySet<string>;
  readonly text: string;
  /** Key of the row the keyboard stands on. */
  readonly selected: string | undefined;
}

/** What was looked at of Backup Servers. Nothing of it is told by events: it is asked for when it is opened. */
export const useBackups = create<Backups>()(() => ({
  below: new Map(),
  expanded: new Set(),
  text: '',
  selected: undefined,
}));

export const setBackups = (part: Partial<Pick<Backups, 'text' | 'selected'>>) => useBackups.setState(part);

const setBelow = (key: string, below: Below) =>
  useBackups.setState((state) => ({ below: new Map(state.below).set(key, below) }));

export const refOf = ({ datastore, namespace, type, id, timeS }: BackupSnapshot): SnapshotRef => ({
  ...{ datastore, namespace, type, id, timeS },
});

/** Opens or closes a row. What is below is asked for with its first opening. */
export function expand(node: BackupNode, isExpanded: boolean): void {
  const key = backupKey(node);
  useBackups.setState(({ expanded }) => {
    const next = new Set(expanded);
    if (isExpanded) next.add(key);
    else next.delete(key);
    return { expanded: next };
  });
  const known = useBackups.getState().below.get(key);
  if (isExpanded && (!known || known.error)) void readBelow(node);
}

/** Asks the server anew what is below. What is known stays in sight until the answer is there. */
export async function readBelow(node: BackupNode): Promise<void> {
  const key = backupKey(node);
  const known = useBackups.getState().below.get(key);
  if (known?.isAsking) return;
  setBelow(key, { nodes: known?.nodes, isAsking: true, error: undefined });
  try {
    setBelow(key, { nodes: await ask(node), isAsking: false, error: undefined });
  } catch (error) {
    setBelow(key, { nodes: undefined, isAsking: false, error: AppError.from(error).toInfo() });
  }
}

/** Reads again all that is open. */
export function readAgain(servers: readonly BackupNode[]): void {
  const { below, expanded } = useBackups.getState();
  const walk = (nodes: readonly BackupNode[]) => {
    for (const node of nodes) {
      const key = backupKey(node);
      if (!expanded.has(key)) continue;
      void readBelow(node);
      walk(below.get(key)?.nodes ?? []);
    }
  };
  walk(servers);
}

async function ask(node: BackupNode): Promise<BackupNode[]> {
  const { clusterId } = node;
  switch (node.kind) {
    case 'server': {
      const { datastores } = await call('backup.datastores', { clusterId });
      return datastores.map((store) => ({ kind: 'store', clusterId, store }));
    }
    case 'store': {
      const datastore = node.store.name;
      const [{ namespaces }, groups] = await Promise.all([
        call('backup.namespaces', { clusterId, datastore }),
        askGroups(clusterId, datastore, ''),
      ]);
      const others = namespaces.filter((namespace) => namespace !== '');
      return [
        ...others.map((namespace) => ({ kind: 'namespace' as const, clusterId, datastore, namespace })),
        ...groups,
      ];
    }
    case 'namespace':
      return await askGroups(clusterId, node.datastore, node.namespace);
    case 'group': {
      const { datastore, namespace, group } = node;
      const { type, id } = group;
      const { snapshots } = await call('backup.snapshots', { clusterId, datastore, namespace, type, id });
      return snapshots.map((snapshot) => ({ kind: 'snapshot', clusterId, snapshot }));
    }
    case 'snapshot': {
      const { snapshot } = node;
      return archivesOf(snapshot).map((file) => ({ kind: 'file', clusterId, snapshot, file }));
    }
    case 'file':
      return await askEntries(node, btoa(`/${node.file.name}`));
    case 'entry':
      return await askEntries(node, node.entry.filepath);
  }
}

/** Without the list of archives itself. */
export const archivesOf = ({ files }: BackupSnapshot) => files.filter(({ name }) => name !== MANIFEST_NAME);

async function askGroups(clusterId: string, datastore: string, namespace: string): Promise<BackupNode[]> {
  const { groups } = await call('backup.groups', { clusterId, datastore, namespace });
  return groups.map((group) => ({ kind: 'group', clusterId, datastore, namespace, group }));
}

async function askEntries(
  { clusterId, snapshot }: { clusterId: string; snapshot: BackupSnapshot },
  filepath: string,
): Promise<BackupNode[]> {
  const { entries } = await call('backup.entries', { clusterId, snapshot: refOf(snapshot), filepath });
  return entries.map((entry) => ({ kind: 'entry', clusterId, snapshot, entry }));
}
