import { basename } from 'node:path';

import type { DownloadRequest } from '../../../shared/model/transfer.ts';
import { lookAt } from './downloadFile.ts';
import type { TransferEntry } from './transferEntry.ts';

/** False: there is a file of that name, and it is not for us to decide; the entry says so. */
export async function mayGo(
  entry: TransferEntry,
  { path, ifExists }: Pick<DownloadRequest, 'path' | 'ifExists'>,
): Promise<boolean> {
  const present = await lookAt(path);
  if (!present || ifExists === 'replace') return true;
  const exists = { name: basename(path), sizeBytes: present.sizeBytes, atMs: present.atMs };
  entry.move(ifExists === 'skip' ? 'skipped' : 'asking', { exists });
  return false;
}
