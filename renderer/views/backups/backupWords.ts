import { archiveKind } from '../../../shared/codec/pbs/archiveName.ts';
import type { BackupFile, BackupSnapshot, BackupType } from '../../../shared/model/backup.ts';
import { type BackupNode, isEncrypted, nodeName } from '../../state/backupRows.ts';
import { clusterById } from '../../state/clusters.ts';
import { count, formatBytes, formatDay, formatTime } from '../../state/format.ts';
import type { IconName } from '../../widgets/iconShapes.tsx';

export const typeNames: Record<BackupType, string> = { vm: 'Virtual machine', ct: 'Container', host: 'Host' };
const typeIcons: Record<BackupType, IconName> = { vm: 'vm', ct: 'container', host: 'node' };

export const fileWords: Record<ReturnType<typeof archiveKind>, string> = {
  image: 'disk image',
  files: 'archive of files',
  catalog: 'catalog',
  blob: 'small file',
  manifest: 'list of archives',
  unknown: 'archive',
};

export const whenOf = (timeS: number) => `${formatDay(timeS * 1000)}, ${formatTime(timeS * 1000)}`;

/** What stands in a row: its columns, from left to right. */
export interface BackupLook {
  readonly icon: IconName;
  readonly name: string;
  readonly about: string;
  readonly sizeBytes: number | undefined;
  readonly owner: string | undefined;
}

export function backupLook(node: BackupNode): BackupLook {
  const none = { sizeBytes: undefined, owner: undefined };
  switch (node.kind) {
    case 'server':
      return { ...none, icon: 'box', name: clusterById(node.clusterId)?.name ?? '', about: 'Backup Server' };
    case 'store': {
      const { name, comment, usedBytes, totalBytes } = node.store;
      const used =
        usedBytes === undefined || totalBytes === undefined
          ? ''
          : `${formatBytes(usedBytes)} of ${formatBytes(totalBytes)} used`;
      return { ...none, icon: 'wall', name, about: [comment, used].filter(Boolean).join(', ') };
    }
    case 'namespace':
      return { ...none, icon: 'tree', name: node.namespace, about: 'namespace' };
    case 'group': {
      const { type, id, comment, newestS, owner } = node.group;
      const about = [comment, `${count(node.group.count, 'backup')}, last ${whenOf(newestS)}`]
        .filter(Boolean)
        .join(', ');
      return { icon: typeIcons[type], name: `${type}/${id}`, about, sizeBytes: undefined, owner };
    }
    case 'snapshot': {
      const { timeS, comment = '', sizeBytes, owner } = node.snapshot;
      return { icon: 'clock', name: whenOf(timeS), about: comment, sizeBytes, owner };
    }
    case 'file': {
      const { name, sizeBytes } = node.file;
      return { icon: 'file', name, about: fileWords[archiveKind(name)], sizeBytes, owner: undefined };
    }
    case 'entry': {
      const { name, kind, sizeBytes, modifiedS } = node.entry;
      const about = kind === 'file' || kind === 'folder' ? (modifiedS === undefined ? '' : whenOf(modifiedS)) : kind;
      return { icon: kind === 'folder' ? 'folder' : 'file', name, about, sizeBytes, owner: undefined };
    }
  }
}

export interface StateMark {
  readonly word: string;
  readonly icon: IconName;
  readonly color: 'ok' | 'info' | 'warn' | 'bad' | 'dim';
}

/** State is shape, colour and word. */
export function marksOf(node: BackupNode): StateMark[] {
  if (node.kind === 'store' && node.store.maintenance !== undefined) {
    return [{ word: node.store.maintenance, icon: 'alert', color: 'warn' }];
  }
  if (node.kind === 'snapshot') return snapshotMarks(node.snapshot);
  return node.kind === 'file' ? cryptMarks(node.file) : [];
}

function snapshotMarks(snapshot: BackupSnapshot): StateMark[] {
  const marks: StateMark[] = [];
  if (snapshot.verification === 'ok') marks.push({ word: 'verified', icon: 'done', color: 'ok' });
  if (snapshot.verification === 'failed') marks.push({ word: 'verification failed', icon: 'fail', color: 'bad' });
  if (snapshot.isProtected) marks.push({ word: 'protected', icon: 'gate', color: 'dim' });
  if (isEncrypted(snapshot)) marks.push({ word: 'encrypted', icon: 'lock', color: 'dim' });
  return marks;
}

function cryptMarks({ crypt }: BackupFile): StateMark[] {
  if (crypt === 'encrypt') return [{ word: 'encrypted', icon: 'lock', color: 'dim' }];
  return crypt === 'sign-only' ? [{ word: 'signed', icon: 'check', color: 'dim' }] : [];
}

/** For who hears the row rather than sees it. */
export function rowLabel(node: BackupNode): string {
  const { name, about, sizeBytes, owner } = backupLook(node);
  const size = sizeBytes === undefined ? '' : formatBytes(sizeBytes);
  const words = marksOf(node).map(({ word }) => word);
  return [name || nodeName(node), about, size, owner && `owned by ${owner}`, ...words].filter(Boolean).join(', ');
}
