// What can be taken out of a guest's backups on storages of a Backup Server, by way of Proxmox VE (PVE wire facts 7.4).
import * as z from 'zod/mini';

import type { Guest } from '../../../shared/model/inventory.ts';
import type { BackedUpFile, GuestBackup } from '../../../shared/model/transfer.ts';
import { lenient, listOf, perlFlag, perlNumber, perlText } from '../api/perl.ts';
import { listStorages } from '../api/storages.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { storagePath, type StoragePlace } from './storageContent.ts';

const LIST_MS = 60_000; // a machine has to boot for it first: the server's own limit is 30 s
const MOST_FILES = 5_000; // of one folder; more are told of and left out

const backupsAnswer = listOf(
  z.object({
    volid: z.string(),
    ctime: lenient(perlNumber),
    size: lenient(perlNumber),
    notes: lenient(perlText),
    encrypted: z.optional(z.unknown()),
  }),
);
const filesAnswer = listOf(
  z.object({
    filepath: z.string(),
    text: lenient(perlText),
    type: lenient(z.string()),
    leaf: perlFlag,
    size: lenient(perlNumber),
    mtime: lenient(perlNumber),
  }),
);

/** The newest first. Encrypted ones can be read only where the storage has the key: the server says so when asked. */
export async function listGuestBackups(
  session: ClusterSession,
  { node, vmid }: Guest,
  signal: AbortSignal,
): Promise<GuestBackup[]> {
  const storages = await listStorages(session.api, node, { content: 'backup', signal });
  const perStorage = await Promise.all(
    storages
      .filter(({ type }) => type === 'pbs')
      .map(({ name }) => listOn(session, { node, storage: name }, vmid, signal)),
  );
  return perStorage.flat().sort((a, b) => b.atMs - a.atMs);
}

async function listOn(
  session: ClusterSession,
  place: StoragePlace,
  vmid: number,
  signal: AbortSignal,
): Promise<GuestBackup[]> {
  const query = { content: 'backup', vmid };
  const listed = await session.api.get(`${storagePath(place)}/content`, backupsAnswer, { query, signal });
  return listed.map(({ volid, ctime = 0, size, notes, encrypted }) => ({
    ...place,
    volume: volid,
    atMs: ctime * 1000,
    isEncrypted: encrypted !== undefined && encrypted !== null && encrypted !== 0 && encrypted !== '0',
    ...(size !== undefined && { sizeBytes: size }),
    ...(notes !== undefined && notes !== '' && { notes }),
  }));
}

/** What lies in a folder of a backup: folders first, by name. `filepath` is `/` or as it was listed. */
export async function listBackedUpFiles(
  session: ClusterSession,
  { volume, filepath, ...place }: StoragePlace & { readonly volume: string; readonly filepath: string },
  signal: AbortSignal,
): Promise<{ files: BackedUpFile[]; hasMore: boolean }> {
  const path = `${storagePath(place)}/file-restore/list`;
  const query = { volume, filepath };
  const listed = await session.api.get(path, filesAnswer, { query, signal, timeoutMs: LIST_MS });
  const files = listed.map(({ filepath: at, text, type, leaf, size, mtime }) => ({
    filepath: at,
    name: text ?? (Buffer.from(at, 'base64').toString('utf8').split('/').at(-1) || at),
    kind: kindOf(type ?? '', leaf),
    ...(size !== undefined && { sizeBytes: size }),
    ...(mtime !== undefined && { atMs: mtime * 1000 }),
  }));
  const rank = ({ kind }: BackedUpFile) => (kind === 'folder' ? 0 : 1);
  files.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  return { files: files.slice(0, MOST_FILES), hasMore: files.length > MOST_FILES };
}

/** `v` is an archive or a partition, which is opened as a folder is. */
function kindOf(type: string, isLeaf: boolean): BackedUpFile['kind'] {
  if (type === 'f') return 'file';
  return type === 'd' || type === 'v' || !isLeaf ? 'folder' : 'other';
}
