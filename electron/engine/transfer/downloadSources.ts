import { sleep, throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { parseUpid } from '../../../shared/codec/task/upid.ts';
import type { DownloadSource, Transfer } from '../../../shared/model/transfer.ts';
import { answerError } from '../api/answerError.ts';
import { taskPath } from '../api/taskPath.ts';
import { encodeForm } from '../api/form.ts';
import type { StreamAnswer } from '../api/httpTypes.ts';
import { taskLogAnswer } from '../api/schemas.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import { openBackupSource } from './backupSources.ts';
import { checkTaskEnd, findTask, untilTaskEnds } from './serverTask.ts';
import { storagePath } from './storageContent.ts';

const LOG_LINES = 2_000; // some 200 KiB of JSON
const PAGE_TRIES = 5;
const BACKOFF_MS = 1_000; // doubles
const ANSWER_MS = 40_000; // a helper machine may have to boot first (PVE wire facts 7.4)
const MOST_ERROR_BYTES = 64 << 10;

type SourceOf<K extends DownloadSource['kind']> = Extract<DownloadSource, { kind: K }>;

export interface SourceContext {
  readonly session: ClusterSession;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a download reads, and how it is made sure that all of it came. */
export interface OpenedSource {
  readonly totalBytes: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Throws where something is missing. */
  verify(receivedBytes: number): Promise<NonNullable<Transfer['verified']>>;
}

export function openSource(source: DownloadSource, context: SourceContext): Promise<OpenedSource> {
  switch (source.kind) {
    case 'task-log':
      return Promise.resolve(openTaskLog(source, context));
    case 'file-restore':
      return openRestore(source, context);
    default:
      return openBackupSource(source, { ...context, refusal });
  }
}

/** In words for people. */
export function describeSource(source: DownloadSource): string {
  if (source.kind === 'task-log') return `Log of ${parseUpid(source.upid)?.type ?? 'a task'}`;
  if (source.kind === 'file-restore') return `${decodePath(source.filepath)} of ${source.volume}`;
  const { datastore, type, id } = source.snapshot;
  const what = source.kind === 'backup-archive' ? source.archive : decodePath(source.filepath);
  return `${what} of ${type}/${id} in ${datastore}`;
}

const decodePath = (filepath: string) => Buffer.from(filepath, 'base64').toString('utf8');

/** Page by page, so that a lost connection costs one page; the lines that there are when the last page was read. */
function openTaskLog({ upid }: SourceOf<'task-log'>, context: SourceContext): OpenedSource {
  const path = taskPath(context.session.product, upid, 'log');
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (let start = 0; ; ) {
      const page = await readPage(path, start, context);
      const fresh = page.filter(({ n }) => n > start).sort((a, b) => a.n - b.n);
      if (fresh.length > 0) yield Buffer.from(`${fresh.map(({ t }) => t).join('\n')}\n`);
      start += fresh.length;
      if (page.length < LOG_LINES) return;
    }
  }
  return { totalBytes: undefined, body: lines(), verify: () => Promise.resolve(['size']) };
}

async function readPage(path: string, start: number, { session, clock, signal }: SourceContext) {
  for (let failures = 0; ; failures += 1) {
    try {
      return await session.api.get(path, taskLogAnswer, { query: { start, limit: LOG_LINES }, signal });
    } catch (error) {
      throwIfAborted(signal);
      if (AppError.from(error).retry !== 'later' || failures >= PAGE_TRIES) throw error;
      await sleep(clock, BACKOFF_MS * 2 ** failures, signal);
    }
  }
}

/**
 * A file or folder out of a backup. The stream has no length, and the server answers 200 before it knows that the data
 * is good: only its task, and the listed size, tell whether all of it came (PVE wire facts 7.4).
 */
async function openRestore(source: SourceOf<'file-restore'>, context: SourceContext): Promise<OpenedSource> {
  const { session, signal, clock } = context;
  const { volume, filepath, node, sizeBytes } = source;
  const sinceMs = clock.wallMs();
  const path = `/api2/json${storagePath(source)}/file-restore/download?${encodeForm({ volume, filepath })}`;
  const answer = await session.api.forward({ method: 'GET', path, headers: {}, timeoutMs: ANSWER_MS, signal });
  if (answer.status !== 200) throw await refusal(answer);
  const verify = async (receivedBytes: number): Promise<NonNullable<Transfer['verified']>> => {
    if (sizeBytes !== undefined && !source.isFolder && receivedBytes !== sizeBytes) {
      throw new AppError(
        'protocol',
        `The server broke off at ${receivedBytes} of ${sizeBytes} bytes. Start it again: it cannot go on in the middle.`,
        { retry: 'later' },
      );
    }
    const upid = await findTask({ node, type: 'pbs-download', sinceMs, isIt: () => true }, context);
    if (upid === undefined)
      throw new AppError('protocol', 'The server does not say whether all of it came. Start it again.');
    checkTaskEnd(await untilTaskEnds(upid, context));
    return sizeBytes === undefined || source.isFolder ? ['task'] : ['task', 'size'];
  };
  return {
    totalBytes: source.isFolder ? undefined : sizeBytes,
    body: answer.body as AsyncIterable<Uint8Array>,
    verify,
  };
}

async function refusal({ status, rawReason, body }: StreamAnswer): Promise<AppError> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MOST_ERROR_BYTES) break;
    chunks.push(chunk);
  }
  const reason = Buffer.from(rawReason, 'latin1').toString('utf8');
  return answerError({ status, reason, contentType: '', body: Buffer.concat(chunks) }, 'GET');
}
