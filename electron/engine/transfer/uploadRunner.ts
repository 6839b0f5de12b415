import { abortable, sleep, throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Throttle } from '../../../shared/flow/throttle.ts';
import { answerError, tryJson } from '../api/answerError.ts';
import { authHeaders } from '../api/credentials.ts';
import type { HttpAnswer } from '../api/httpTypes.ts';
import { parseAddress } from '../net/address.ts';
import { connectTls } from '../net/connector.ts';
import type { ClusterSession } from '../session/clusterSession.ts';
import type { SessionService } from '../session/sessionService.ts';
import { hashFile } from './fileHash.ts';
import { changedError, type FileFacts, type FileSource } from './fileSource.ts';
import { checkTaskEnd, findTask, readTaskLog, untilTaskEnds } from './serverTask.ts';
import { findFile, storagePath } from './storageContent.ts';
import type { TransferEntry } from './transferEntry.ts';
import type { KeptRequest, TransferRecord } from './transferRecord.ts';
import type { TransferRunner } from './transferService.ts';
import { frameUpload } from './uploadBody.ts';
import { checkUploadName } from './uploadName.ts';
import { type SendResult, sendUpload } from './uploadSender.ts';

const MOST_RESTARTS = 5; // by itself; then a person has to look
const BACKOFF_MS = 1_000; // doubles; a node that restarts is back after some seconds

type UploadWish = Extract<KeptRequest, { kind: 'upload' }>;

export interface UploadRunnerOptions {
  readonly sessions: SessionService;
  readonly files: FileSource;
  readonly throttle: Throttle;
  readonly clock: Clock;
}

/** Uploads: what exists is asked for, the sum is read, the file is sent, and what arrived is made sure of. */
export class UploadRunner implements TransferRunner {
  readonly #options: UploadRunnerOptions;

  constructor(options: UploadRunnerOptions) {
    this.#options = options;
  }

  async run(entry: TransferEntry, signal: AbortSignal): Promise<void> {
    const wish = wishOf(entry);
    const upload = new Upload(this.#options, entry, wish, signal);
    if (entry.state === 'verifying') await upload.verify();
    else await upload.run();
  }

  /** What was on its way is lost with its connection; what had arrived is still looked after by the server. */
  recover(record: TransferRecord): Promise<TransferRecord> {
    const { transfer } = record;
    const { state, upid } = transfer;
    if (state === 'running' || (state === 'verifying' && upid === undefined)) {
      return Promise.resolve({ ...record, transfer: { ...transfer, state: 'interrupted' } });
    }
    if (state === 'preparing' || state === 'asking') {
      const { exists: _, ...rest } = transfer;
      return Promise.resolve({ ...record, transfer: { ...rest, state: 'queued', doneBytes: 0 } });
    }
    return Promise.resolve(record);
  }
}

function wishOf({ request }: TransferEntry): UploadWish {
  if (request.kind !== 'upload') throw new AppError('internal', 'This is no upload.');
  return request;
}

/** One upload under way. */
class Upload {
  readonly #options: UploadRunnerOptions;
  readonly #entry: TransferEntry;
  readonly #wish: UploadWish;
  readonly #signal: AbortSignal;

  constructor(options: UploadRunnerOptions, entry: TransferEntry, wish: UploadWish, signal: AbortSignal) {
    this.#options = options;
    this.#entry = entry;
    this.#wish = wish;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const entry = this.#entry;
    entry.rewind();
    entry.move('preparing', { startedAtMs: this.#options.clock.wallMs() });
    checkUploadName(this.#filename, this.#wish.content);
    const facts = await this.#options.files.look(this.#wish.path);
    const { path, node, storage, content } = this.#wish;
    const upload = { path, node, storage, content, filename: this.#filename };
    entry.patch({ totalBytes: facts.sizeBytes, name: this.#filename, upload });
    if (!(await this.#mayGo())) return;
    await this.#sum();
    const upid = await this.#sendUntilAnswered(facts);
    this.#check();
    entry.move('verifying', { upid, phase: 'The server checks and copies it' });
    await this.verify();
  }

  /** The task ended well, and the listing shows all of it. */
  async verify(): Promise<void> {
    const entry = this.#entry;
    const { upid, totalBytes } = entry.transfer;
    if (upid === undefined) throw new AppError('internal', 'An upload without a task cannot be followed.');
    const options = { session: this.#session, clock: this.#options.clock, signal: this.#signal };
    checkTaskEnd(await untilTaskEnds(upid, options));
    const isSumChecked = entry.transfer.checksum !== undefined && hasCheckedSum(await readTaskLog(upid, options));
    const file = await findFile(this.#session, this.#wish, this.#wish.content, this.#filename, this.#signal);
    this.#check();
    if (!file) throw new AppError('server', `The server's task ended well, but it does not list ${this.#filename}.`);
    if (file.sizeBytes !== totalBytes) {
      throw new AppError(
        'server',
        `${this.#filename} has ${file.sizeBytes} bytes on the server in place of ${totalBytes}.`,
      );
    }
    entry.move('done', { verified: ['task', 'size', ...(isSumChecked ? (['checksum'] as const) : [])] });
  }

  get #filename(): string {
    return this.#wish.filename ?? this.#entry.transfer.name;
  }

  get #session(): ClusterSession {
    return this.#options.sessions.active(this.#wish.clusterId);
  }

  /** False: there is one of that name, and it is not for us to decide. */
  async #mayGo(): Promise<boolean> {
    const { ifExists, content } = this.#wish;
    if (ifExists === 'replace') return true;
    this.#entry.say('Looks for a file of that name');
    const file = await findFile(this.#session, this.#wish, content, this.#filename, this.#signal);
    this.#check();
    if (!file) return true;
    const exists = {
      name: this.#filename,
      ...(file.sizeBytes !== undefined && { sizeBytes: file.sizeBytes }),
      ...(file.atMs !== undefined && { atMs: file.atMs }),
    };
    if (ifExists === 'skip') this.#entry.move('skipped', { exists });
    else this.#entry.move('asking', { exists });
    return false;
  }

  async #sum(): Promise<void> {
    const { checksum, path } = this.#wish;
    if (checksum.kind === 'none') return;
    if (checksum.kind === 'given') {
      this.#entry.patch({ checksum: { algorithm: checksum.algorithm, value: checksum.value.toLowerCase() } });
      return;
    }
    const { algorithm } = checksum;
    this.#entry.say(`Reads it for its ${algorithm} checksum`);
    const onRead = (bytes: number) => this.#entry.add(bytes);
    const value = await hashFile({ files: this.#options.files, path, algorithm, signal: this.#signal, onRead });
    this.#check();
    this.#entry.patch({ checksum: { algorithm, value } });
    this.#entry.rewind();
  }

  /** Gives the task's UPID. Begins again by itself only where the server has dropped what it got. */
  async #sendUntilAnswered(facts: FileFacts): Promise<string> {
    this.#entry.move('running');
    for (;;) {
      const sinceMs = this.#options.clock.wallMs();
      const result = await this.#sendOnce(facts);
      this.#check();
      if (result.kind === 'answered') return upidOf(result.answer);
      if (result.kind === 'short') throw changedError(this.#wish.path);
      if (result.kind === 'lost') return await this.#findLost(sinceMs, result.error);
      await this.#beforeRestart(result);
    }
  }

  async #sendOnce(facts: FileFacts): Promise<SendResult> {
    const { files, clock, throttle } = this.#options;
    const { path } = this.#wish;
    const now = await files.look(path);
    if (now.sizeBytes !== facts.sizeBytes || now.modifiedAtMs !== facts.modifiedAtMs) throw changedError(path);
    const file = await files.open(path);
    this.#entry.rewind();
    this.#entry.say('Sends it');
    try {
      const frame = this.#frame(facts.sizeBytes);
      const transport = await this.#connect();
      if ('kind' in transport) return transport;
      return await sendUpload({
        transport,
        frame,
        file,
        sizeBytes: facts.sizeBytes,
        throttle,
        clock,
        signal: this.#signal,
        onSent: (bytes) => this.#signal.aborted || this.#entry.add(bytes),
        onWaiting: () => this.#entry.say('Waits for the answer of the server'),
      });
    } finally {
      // A read that hangs keeps the file open: its close waits for it, and nobody waits for that.
      file.close().catch(() => {});
    }
  }

  async #connect() {
    const { address, trust } = this.#session.connection; // the node of the moment
    try {
      return await connectTls({
        ...parseAddress(address),
        trust,
        signal: this.#signal,
        clock: this.#options.clock,
        label: address,
      });
    } catch (error) {
      const known = AppError.from(error);
      if (known.code === 'certificate-changed' || known.code === 'certificate-unknown') throw known;
      throwIfAborted(this.#signal);
      return { kind: 'broken' as const, error: known };
    }
  }

  #frame(sizeBytes: number) {
    const { checksum } = this.#entry.transfer;
    const { address, credentials } = this.#session.connection;
    const headers = { ...authHeaders(credentials, 'POST'), Host: address };
    const path = `/api2/json${storagePath(this.#wish)}/upload`;
    return frameUpload(path, headers, { content: this.#wish.content, filename: this.#filename, checksum }, sizeBytes);
  }

  async #beforeRestart(result: Extract<SendResult, { kind: 'stalled' | 'broken' }>): Promise<void> {
    const entry = this.#entry;
    const { restarts } = entry.transfer;
    const why =
      result.kind === 'stalled'
        ? 'The file gave nothing for 4 s, and the server takes no longer silence.'
        : result.error.message;
    if (restarts >= MOST_RESTARTS) throw giveUp(result, why);
    entry.patch({ restarts: restarts + 1, restartReason: why });
    entry.rewind();
    if (result.kind === 'stalled') {
      entry.say('Waits until the file can be read again');
      await abortable(result.recovered, this.#signal);
    } else {
      entry.say('Waits before it begins again');
      await sleep(this.#options.clock, BACKOFF_MS * 2 ** restarts, this.#signal);
    }
  }

  /** All of it was sent and the answer was lost: the server's task, where there is one, tells what came of it. */
  async #findLost(sinceMs: number, error: AppError): Promise<string> {
    const options = { session: this.#session, clock: this.#options.clock, signal: this.#signal };
    this.#entry.say('Looks for what came of it');
    const isIt = (log: readonly string[]) => log.some((line) => isTargetLine(line, this.#filename));
    const upid = await findTask({ node: this.#wish.node, type: 'imgcopy', sinceMs, isIt }, options);
    if (upid !== undefined) return upid;
    throw new AppError(
      'outcome-unknown',
      `All of ${this.#filename} was sent, and the answer was lost. Look at the storage before you start it again.`,
      { cause: error },
    );
  }

  #check(): void {
    throwIfAborted(this.#signal);
  }
}

function giveUp(result: Extract<SendResult, { kind: 'stalled' | 'broken' }>, why: string): AppError {
  const code = result.kind === 'stalled' ? 'timeout' : result.error.code;
  return new AppError(code, `It was begun ${MOST_RESTARTS + 1} times and never came through. Last: ${why}`, {
    retry: 'later',
  });
}

/** Throws what the server said where it did not take it. */
function upidOf(answer: HttpAnswer): string {
  if (answer.status < 200 || answer.status > 299) throw answerError(answer, 'POST');
  const json = tryJson(Buffer.from(answer.body).toString('utf8'));
  const upid = typeof json === 'object' && json !== null && 'data' in json ? json.data : undefined;
  if (typeof upid === 'string') return upid;
  throw new AppError('protocol', 'The server answered the upload in a way Sluice cannot read.');
}

const hasCheckedSum = (log: readonly string[]) => log.some((line) => line.includes('checksum verified'));

const isTargetLine = (line: string, filename: string) =>
  line.startsWith('target file: ') && line.endsWith(`/${filename}`);
