import * as z from 'zod/mini';

import {
  type BackupDatastore,
  type BackupFile,
  type BackupSnapshot,
  backupType,
  cryptMode,
  type SnapshotQuery,
} from '../../../shared/model/backup.ts';
import type { ApiClient } from '../api/apiClient.ts';
import { lenient, listOf, perlFlag, perlNumber, perlText } from '../api/perl.ts';

const LIST_TIMEOUT_MS = 120_000; // a datastore of 10,000 snapshots on spinning disks (PBS facts 9.2: streamed, huge)

const datastoresAnswer = listOf(
  z.object({ store: z.string(), comment: lenient(perlText), maintenance: lenient(perlText) }),
);
const usageAnswer = listOf(z.object({ store: z.string(), total: lenient(perlNumber), used: lenient(perlNumber) }));
const namespacesAnswer = listOf(z.object({ ns: z.string() }));
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
    return {
      name: store,
      ...(comment !== undefined && { comment: firstLine(comment) }),
      ...(maintenance !== undefined && { maintenance }),
      ...(total !== undefined && { totalBytes: total }),
      ...(usedBytes !== undefined && { usedBytes }),
    };
  });
  return rows.sort((a, b) => a.name.localeCompare(b.name));
}

/** Of all depths, the root first as an empty name. A server from before namespaces has the root alone. */
export async function listNamespaces(api: ApiClient, store: string, options: BrowseOptions = {}): Promise<string[]> {
  const found = await api.get(`${pathOf(store)}/namespace`, namespacesAnswer, options);
  return [...new Set(['', ...found.map(({ ns }) => ns)])].sort((a, b) => a.localeCompare(b));
}

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
    const { owner, comment, size, verification, files = [] } = one;
    return {
      ...{ datastore, namespace, type: one['backup-type'], id: one['backup-id'], timeS: one['backup-time'] },
      isProtected: one.protected,
      files: files.map(describeFile),
      ...(owner !== undefined && { owner }),
      ...(comment !== undefined && { comment: firstLine(comment) }),
      ...(size !== undefined && { sizeBytes: size }),
      ...(verification && { verification: verification.state }),
    };
  });
  return rows.sort(byGroupThenNewest);
}

function describeFile({ filename, size, 'crypt-mode': crypt }: z.infer<typeof file>): BackupFile {
  return {
    name: filename,
    ...(crypt !== undefined && { crypt }),
    ...(size !== undefined && { sizeBytes: size }),
  };
}

function byGroupThenNewest(a: BackupSnapshot, b: BackupSnapshot): number {
  return a.type.localeCompare(b.type) || a.id.localeCompare(b.id, 'en', { numeric: true }) || b.timeS - a.timeS;
}

const pathOf = (store: string) => `/admin/datastore/${encodeURIComponent(store)}`;

/** Lists have one line for it. */
const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';
