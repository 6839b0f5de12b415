import * as z from 'zod/mini';

import {
  type BackupDatastore,
  type BackupEntry,
  type BackupFile,
  type BackupGroup,
  type BackupSnapshot,
  backupType,
  cryptMode,
  type SnapshotRef,
  type SnapshotQuery,
} from '../../../shared/model/backup.ts';
import type { ApiClient } from '../api/apiClient.ts';
import { lenient, listOf, orElse, perlFlag, perlNumber, perlText } from '../api/perl.ts';

const LIST_TIMEOUT_MS = 120_000; // a datastore of 10,000 snapshots on spinning disks (PBS facts 9.2: streamed, huge)

const datastoresAnswer = listOf(
  z.object({ store: z.string(), comment: lenient(perlText), maintenance: lenient(z.unknown()) }),
);
const usageAnswer = listOf(z.object({ store: z.string(), total: lenient(perlNumber), used: lenient(perlNumber) }));
const namespacesAnswer = listOf(z.object({ ns: z.string() }));
const groupsAnswer = listOf(
  z.object({
    'backup-type': backupType,
    'backup-id': perlText,
    'backup-count': orElse(perlNumber, 0),
    'last-backup': perlNumber,
    owner: lenient(z.string()),
    comment: lenient(perlText),
  }),
);
const entriesAnswer = listOf(
  z.object({
    filepath: z.string(),
    text: perlText,
    type: z.string(),
    size: lenient(perlNumber),
    mtime: lenient(perlNumber),
  }),
);
const file = z.object({ filename: z.string(), 'crypt-mode': lenient(cryptMode), size: lenient(perlNumber) });
const filesAnswer = listOf(file);
const snapshotsAnswer = listOf(
  z.object({
    'backup-type': backupType,
    'backup-id': perlText,
    'backup-time': perlNumber,
    owner: lenient(z.string()),
    comment: lenient(perlText),
    size: lenient(perlNumber),
    protected: perlFlag,
    verification: lenient(z.object({ state: z.enum(['ok', 'failed']) })),
    fingerprint: lenient(z.string()),
    files: lenient(filesAnswer),
  }),
);

export interface BrowseOptions {
  readonly signal?: AbortSignal | undefined;
}

/** All that this user may see, by name, with their usage where that is shown to them (PBS wire facts 9.2). */
export async function listDatastores(api: ApiClient, options: BrowseOptions = {}): Promise<BackupDatastore[]> {
  const [stores, usage] = await Promise.all([
    api.get('/admin/datastore', datastoresAnswer, options),
    // An addition: whoever may read backups sees them also where this is refused or the server is older.
    api.get('/status/datastore-usage', usageAnswer, options).catch(() => []),
  ]);
  const used = new Map(usage.map((one) => [one.store, one]));
  const rows = stores.map(({ store, comment, maintenance }): BackupDatastore => {
    const { total, used: usedBytes } = used.get(store) ?? {};
    const word = maintenanceWord(maintenance);
    return {
      name: store,
      ...(comment !== undefined && { comment: firstLine(comment) }),
      ...(word !== undefined && { maintenance: word }),
      ...(total !== undefined && { totalBytes: total }),
      ...(usedBytes !== undefined && { usedBytes }),
    };
  });
  return rows.sort((a, b) => a.name.localeCompare(b.name));
}

/** `read-only`, `type=offline,message=…` or an object with `type`, by the server's version. */
function maintenanceWord(value: unknown): string | undefined {
  if (typeof value === 'string') return /(?:type=|^)([a-z-]+)(?:,|$)/.exec(value)?.[1];
  const parsed = z.object({ type: z.string() }).safeParse(value);
  return parsed.success ? parsed.data.type : undefined;
}

/** Of all depths, the root first as an empty name. A server from before namespaces has the root alone. */
export async function listNamespaces(api: ApiClient, store: string, options: BrowseOptions = {}): Promise<string[]> {
  const found = await api.get(`${pathOf(store)}/namespace`, namespacesAnswer, options);
  return [...new Set(['', ...found.map(({ ns }) => ns)])].sort((a, b) => a.localeCompare(b));
}

/** Of one namespace, not of those below it, in order of their names. */
export async function listGroups(
  api: ApiClient,
  { datastore, namespace }: SnapshotQuery,
  options: BrowseOptions = {},
): Promise<BackupGroup[]> {
  const query = { ns: namespace === '' ? undefined : namespace };
  const found = await api.get(`${pathOf(datastore)}/groups`, groupsAnswer, {
    query,
    timeoutMs: LIST_TIMEOUT_MS,
    ...options,
  });
  const rows = found.map(
    ({ owner, comment, ...one }): BackupGroup => ({
      ...{ type: one['backup-type'], id: one['backup-id'], count: one['backup-count'], newestS: one['last-backup'] },
      ...(owner !== undefined && { owner }),
      ...(comment !== undefined && { comment: firstLine(comment) }),
    }),
  );
  return rows.sort(byGroup);
}

/**
 * What is in a folder of an archive of files, folders first; an empty path: the archives that can be looked into. The
 * server reads encrypted ones for nobody.
 */
export async function listEntries(
  api: ApiClient,
  snapshot: SnapshotRef,
  filepath: string,
  options: BrowseOptions = {},
): Promise<BackupEntry[]> {
  const query = { ...snapshotForm(snapshot), filepath: filepath === '' ? '/' : filepath };
  const found = await api.get(`${pathOf(snapshot.datastore)}/catalog`, entriesAnswer, {
    query,
    timeoutMs: LIST_TIMEOUT_MS,
    ...options,
  });
  const rows = found.map(
    ({ filepath, text, type, size, mtime }): BackupEntry => ({
      ...{ filepath, name: text, kind: entryKinds[type] ?? 'other' },
      ...(size !== undefined && { sizeBytes: size }),
      ...(mtime !== undefined && { modifiedS: mtime }),
    }),
  );
  return rows.sort((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

const entryKinds: Readonly<Record<string, BackupEntry['kind']>> = {
  ...{ d: 'folder', v: 'folder' },
  ...{ f: 'file', l: 'link', h: 'link' },
};
const rankOf = ({ kind }: BackupEntry) => (kind === 'folder' ? 0 : 1);

/** How a snapshot is named in a query. */
export const snapshotForm = ({ namespace, type, id, timeS }: SnapshotRef) => ({
  ns: namespace === '' ? undefined : namespace,
  'backup-type': type,
  'backup-id': id,
  'backup-time': timeS,
});

/** Groups in order of their names, the newest snapshot of each first. */
export async function listSnapshots(
  api: ApiClient,
  { datastore, namespace, type, id }: SnapshotQuery,
  options: BrowseOptions = {},
): Promise<BackupSnapshot[]> {
  const query = { ns: namespace === '' ? undefined : namespace, 'backup-type': type, 'backup-id': id };
  const found = await api.get(`${pathOf(datastore)}/snapshots`, snapshotsAnswer, {
    query,
    timeoutMs: LIST_TIMEOUT_MS,
    ...options,
  });
  const rows = found.map((one): BackupSnapshot => {
    const { owner, comment, size, verification, fingerprint, files = [] } = one;
    return {
      ...{ datastore, namespace, type: one['backup-type'], id: one['backup-id'], timeS: one['backup-time'] },
      isProtected: one.protected,
      files: files.map(describeFile),
      ...(owner !== undefined && { owner }),
      ...(comment !== undefined && { comment: firstLine(comment) }),
      ...(size !== undefined && { sizeBytes: size }),
      ...(verification && { verification: verification.state }),
      ...(fingerprint !== undefined && { keyFingerprint: fingerprint.replaceAll(':', '').toLowerCase() }),
    };
  });
  return rows.sort((a, b) => byGroup(a, b) || b.timeS - a.timeS);
}

function describeFile({ filename, size, 'crypt-mode': crypt }: z.infer<typeof file>): BackupFile {
  return {
    name: filename,
    ...(crypt !== undefined && { crypt }),
    ...(size !== undefined && { sizeBytes: size }),
  };
}

type GroupName = Pick<BackupSnapshot, 'type' | 'id'>;
const byGroup = (a: GroupName, b: GroupName) =>
  a.type.localeCompare(b.type) || a.id.localeCompare(b.id, 'en', { numeric: true });

export const pathOf = (store: string) => `/admin/datastore/${encodeURIComponent(store)}`;

/** Lists have one line for it. */
const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';
