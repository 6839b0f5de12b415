import { AppError } from '../../../shared/base/errors.ts';
import type { DownloadSource, Transfer } from '../../../shared/model/transfer.ts';
import { encodeForm } from '../api/form.ts';
import type { StreamAnswer } from '../api/httpTypes.ts';
import { pathOf, snapshotForm } from '../pbs/browse.ts';
import type { ClusterSession } from '../session/clusterSession.ts';

const ANSWER_MS = 40_000; // an index is read before the first byte comes

export type BackupSource = Extract<DownloadSource, { kind: 'backup-archive' | 'backup-entry' }>;

interface Context {
  readonly session: ClusterSession;
  readonly signal: AbortSignal;
  readonly refusal: (answer: StreamAnswer) => Promise<AppError>;
}

/**
 * What a Backup Server gives over plain HTTP. The streams have no length, but they have an end: the server ends one
 * that it could not read to its end without it (PBS wire facts 9.6). Nothing can go on in the middle.
 */
export async function openBackupSource(source: BackupSource, { session, signal, refusal }: Context) {
  if (session.product !== 'pbs') throw new AppError('unsupported', 'Backups are downloaded from a Backup Server.');
  const path = `/api2/json${pathOf(source.snapshot.datastore)}/${askedOf(source)}`;
  const answer = await session.api.forward({ method: 'GET', path, headers: {}, timeoutMs: ANSWER_MS, signal });
  if (answer.status !== 200) throw await refusal(answer);
  const { sizeBytes } = source;
  const verify = (receivedBytes: number): Promise<NonNullable<Transfer['verified']>> => {
    if (sizeBytes === undefined) return Promise.resolve([]);
    if (receivedBytes === sizeBytes) return Promise.resolve(['size']);
    return Promise.reject(brokenOff(`The server sent ${receivedBytes} of ${sizeBytes} bytes`));
  };
  return { totalBytes: sizeBytes, body: whole(answer.body as AsyncIterable<Uint8Array>, signal), verify };
}

function askedOf(source: BackupSource): string {
  const snapshot = snapshotForm(source.snapshot);
  if (source.kind === 'backup-entry') {
    return `pxar-file-download?${encodeForm({ ...snapshot, filepath: source.filepath })}`;
  }
  const verb = source.isDecoded ? 'download-decoded' : 'download';
  return `${verb}?${encodeForm({ ...snapshot, 'file-name': source.archive })}`;
}

/** A stream that the server did not end is no file. */
async function* whole(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    if (signal.aborted || error instanceof AppError) throw error;
    throw brokenOff('The server broke off in the middle');
  }
}

function brokenOff(what: string): AppError {
  return new AppError('reset', `${what}. Start it again: it cannot go on in the middle.`, { retry: 'later' });
}
