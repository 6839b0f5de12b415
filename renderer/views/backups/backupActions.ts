import { needs } from '../../../shared/model/privileges.ts';
import type { BackupSnapshot } from '../../../shared/model/backup.ts';
import { type BackupNode, canOpen, nodeName } from '../../state/backupRows.ts';
import { call } from '../../api/engine.ts';
import { notifyFailure } from '../../state/toasts.ts';
import { archivesOf, expand, readBelow, refOf, useBackups } from '../../state/backups.ts';
import { clusterById } from '../../state/clusters.ts';
import { openPage } from '../../state/dock.ts';
import { whyNot } from '../../state/privileges.ts';
import { openDialog, setUi, useUi } from '../../state/ui.ts';
import type { MenuGroup, MenuItem } from '../../widgets/Menu.tsx';
import { copy } from '../copy.ts';

/** Opens the page of all backups at this server. */
export function browseBackups(clusterId: string): void {
  const node = { kind: 'server', clusterId } as const;
  expand(node, true);
  useBackups.setState({ selected: clusterId, text: '' });
  openPage('backups');
  if (useUi.getState().isNarrow) setUi({ over: undefined });
}

/** Starts the demo's Backup Server, signs in to it and shows what it has. */
export async function openDemoBackups(): Promise<void> {
  try {
    const result = await call('demo.open', { product: 'pbs' });
    if (result.kind === 'signed-in') browseBackups(result.clusterId);
  } catch (error) {
    notifyFailure('The demo Backup Server did not start.', error);
  }
}

/**
 * Why a backup can't be read: its reader needs Datastore.Read, or Datastore.Backup where it is the owner (PBS wire
 * facts 9.4).
 */
export function whyNoRead(clusterId: string, { datastore, namespace, owner }: BackupSnapshot): string | undefined {
  const place = namespace === '' ? datastore : `${datastore}/${namespace}`;
  const lacks = whyNot(clusterId, needs.readBackups(place));
  const isOwner = owner !== undefined && owner === clusterById(clusterId)?.user;
  return isOwner && whyNot(clusterId, needs.readOwnBackups(place)) === undefined ? undefined : lacks;
}

type Readable = Extract<BackupNode, { snapshot: BackupSnapshot }>;

/** What can be taken out of it, the main thing first. */
export function takeItems(node: Readable): MenuItem[] {
  const { clusterId, snapshot } = node;
  const offBecause = whyNoRead(clusterId, snapshot);
  const archive = node.kind === 'file' ? node.file.name : archivesOf(snapshot)[0]?.name;
  if (node.kind === 'entry') return entryItems(node, offBecause);
  const restore: MenuItem = {
    label: node.kind === 'file' ? 'Restore to a file…' : 'Restore an archive…',
    icon: 'arrow',
    isOff: archive === undefined,
    offBecause,
    run: () => openDialog({ kind: 'restore', clusterId, snapshot, archive: archive ?? '' }),
  };
  if (node.kind !== 'file') return [restore];
  const { file } = node;
  const stored: MenuItem = {
    label: 'Download it as it is stored…',
    icon: 'file',
    offBecause,
    run: () =>
      openDialog({
        kind: 'save-backup',
        title: `Download ${file.name} as it is stored`,
        name: file.name,
        source: {
          ...{ kind: 'backup-archive', clusterId, snapshot: refOf(snapshot), archive: file.name, isDecoded: false },
          ...(file.name.endsWith('.blob') && file.sizeBytes !== undefined && { sizeBytes: file.sizeBytes }),
        },
      }),
  };
  return [restore, stored];
}

function entryItems(node: Extract<BackupNode, { kind: 'entry' }>, offBecause: string | undefined): MenuItem[] {
  const { clusterId, snapshot, entry } = node;
  const isFolder = entry.kind === 'folder';
  if (!isFolder && entry.kind !== 'file') return [];
  const { filepath, sizeBytes } = entry;
  return [
    {
      label: isFolder ? 'Download as a ZIP…' : 'Download…',
      icon: 'arrow',
      offBecause,
      run: () =>
        openDialog({
          kind: 'save-backup',
          title: `Download ${entry.name}`,
          name: isFolder ? `${entry.name}.zip` : entry.name,
          source: {
            ...{ kind: 'backup-entry', clusterId, snapshot: refOf(snapshot), filepath, isFolder },
            ...(!isFolder && sizeBytes !== undefined && { sizeBytes }),
          },
        }),
    },
  ];
}

export function backupMenu(node: BackupNode, isExpanded: boolean | undefined): readonly MenuGroup[] {
  const take = 'snapshot' in node ? takeItems(node) : [];
  const open: MenuItem[] = canOpen(node)
    ? [
        {
          label: isExpanded ? 'Close' : 'Open',
          icon: isExpanded ? 'down' : 'right',
          run: () => expand(node, !isExpanded),
        },
        { label: 'Read it again', icon: 'again', run: () => void readBelow(node) },
      ]
    : [];
  const name = node.kind === 'server' ? (clusterById(node.clusterId)?.address ?? '') : nodeName(node);
  return [
    { items: take },
    { items: open },
    {
      items: [
        {
          label: node.kind === 'server' ? 'Copy its address' : 'Copy its name',
          icon: 'copy',
          run: () => void copy(name, 'name'),
        },
      ],
    },
  ];
}

/** Enter, or a double-click: what is inside, else the main thing that can be done. */
export function activateBackup(node: BackupNode, isExpanded: boolean | undefined): void {
  if (isExpanded !== undefined) return expand(node, !isExpanded);
  const item = 'snapshot' in node ? takeItems(node)[0] : undefined;
  if (item && item.offBecause === undefined && item.isOff !== true) item.run();
}
