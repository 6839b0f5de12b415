import type { BackupFile, BackupSnapshot } from '../../../shared/model/backup.ts';
import { formatBytes } from '../../state/format.ts';
import { whenOf } from './backupWords.ts';

export type RestoreWay = 'pieces' | 'plain';

/** What a file that was restored is called, unless somebody says otherwise: `vm-100-2026-03-20-drive-scsi0.img`. */
export function suggestedName({ type, id, timeS }: BackupSnapshot, archive: string): string {
  const day = new Date(timeS * 1000).toISOString().slice(0, 10);
  return `${type}-${id}-${day}-${archive.replace(/\.(fidx|didx|blob)$/, '')}`;
}

/** What a restore will do, in sentences, in the order it does it. */
export function restoreSteps(
  { type, id, timeS }: BackupSnapshot,
  { name, sizeBytes, crypt }: BackupFile,
  options: { way: RestoreWay; path: string; ifExists: 'ask' | 'replace' | 'skip'; hasKey: boolean },
): string[] {
  const { way, path, ifExists, hasKey } = options;
  const size = sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)},`;
  const what = `${name}${size} of ${type}/${id} as it was on ${whenOf(timeS)}`;
  const steps =
    way === 'plain'
      ? [
          `The server decodes ${what} and sends it as one stream.`,
          'Should it break off it begins again from the start: the server cannot go on in the middle.',
        ]
      : [
          `${what} is read piece by piece. The checksum of each is compared with the backup’s own list.`,
          ...(crypt === 'encrypt' ? ['The pieces are decrypted on this side; the key file stays where it is.'] : []),
          ...(crypt === 'sign-only' && hasKey ? ['The signature of the list is checked with the key file.'] : []),
          'A pause, a lost connection or a restart of Sluice costs only what was under way.',
        ];
  const target = path.trim() === '' ? 'its place' : path.trim();
  steps.push(`It has a hidden name until all of it is there; then it becomes ${target}.`);
  if (ifExists === 'replace') steps.push('A file of that name is replaced. This can’t be undone.');
  steps.push('Nothing changes on the server.');
  return steps;
}
