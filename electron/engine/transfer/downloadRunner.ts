import { basename } from 'node:path';

import { throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Throttle } from '../../../shared/flow/throttle.ts';
import type { SessionService } from '../session/sessionService.ts';
import { DraftFile, draftPathOf, removeDraft } from './downloadFile.ts';
import { openSource } from './downloadSources.ts';
import { ServerPlaces } from './serverPlaces.ts';
import { mayGo } from './mayGo.ts';
import type { TransferEntry } from './transferEntry.ts';
import type { KeptRequest, TransferRecord } from './transferRecord.ts';
import type { TransferRunner } from './transferService.ts';

const MOST_OF_ONE_SERVER = 3; // of its six connections (PVE wire facts 11.4)

type DownloadWish = Extract<KeptRequest, { kind: 'download' }>;

export interface DownloadRunnerOptions {
  readonly sessions: SessionService;
  readonly throttle: Throttle;
  readonly clock: Clock;
  /** Resolves when what was changed is kept. */
  readonly saved: () => Promise<void>;
}

/** Downloads: to another name, made sure of, then renamed. What is not whole never has its own name. */
export class DownloadRunner implements TransferRunner {
  readonly #options: DownloadRunnerOptions;
  readonly #places = new ServerPlaces(MOST_OF_ONE_SERVER);

  constructor(options: DownloadRunnerOptions) {
    this.#options = options;
  }

  async run(entry: TransferEntry, signal: AbortSignal): Promise<void> {
    const { request } = entry;
    if (request.kind !== 'download') throw new AppError('internal', 'This is no download.');
    entry.rewind();
    entry.move('preparing');
    const { path } = request;
    entry.patch({ name: basename(path), download: { path, source: entry.transfer.download?.source ?? '' } });
    if (!(await mayGo(entry, request))) return;
    throwIfAborted(signal);
    // Known before it is made: it goes away even when we are ended in the middle.
    const draftPath = draftPathOf(path, entry.id);
    entry.draftPath = draftPath;
    entry.move('running', { phase: 'Asks for it' });
    await this.#options.saved();
    const { clusterId } = request.source;
    if (this.#places.isFull(clusterId)) entry.say('Waits for other downloads of this server');
    const leave = await this.#places.take(clusterId, signal);
    try {
      await this.#write(entry, request, draftPath, signal);
    } finally {
      leave();
    }
  }

  async #write(entry: TransferEntry, wish: DownloadWish, draftPath: string, signal: AbortSignal): Promise<void> {
    const draft = await DraftFile.create(wish.path, draftPath);
    try {
      await this.#receive(entry, wish, draft, signal);
      await draft.finish(wish.ifExists === 'replace');
      entry.draftPath = undefined;
      entry.move('done', { totalBytes: draft.writtenBytes });
    } finally {
      await draft.discard();
    }
  }

  /** What it wrote is no use to anybody: nothing here can go on in the middle. */
  async recover(record: TransferRecord): Promise<TransferRecord> {
    const { transfer, draftPath, ...rest } = record;
    if (draftPath !== undefined) await removeDraft(draftPath);
    const { state } = transfer;
    if (state === 'running' || state === 'verifying')
      return { ...rest, transfer: { ...transfer, state: 'interrupted' } };
    const isAtStart = state === 'preparing' || state === 'asking';
    return { ...rest, transfer: isAtStart ? { ...transfer, state: 'queued', exists: undefined } : transfer };
  }

  async #receive(entry: TransferEntry, wish: DownloadWish, draft: DraftFile, signal: AbortSignal): Promise<void> {
    const { sessions, clock, throttle } = this.#options;
    const context = { session: sessions.active(wish.source.clusterId), clock, signal };
    const opened = await openSource(wish.source, context);
    entry.patch({ totalBytes: opened.totalBytes, phase: 'Receives it' });
    for await (const chunk of opened.body) {
      throwIfAborted(signal);
      await throttle.take(chunk.length, signal);
      await draft.write(chunk);
      throwIfAborted(signal);
      entry.add(chunk.length);
    }
    throwIfAborted(signal);
    entry.move('verifying', { phase: 'Makes sure that all of it came' });
    const verified = await opened.verify(draft.writtenBytes);
    throwIfAborted(signal);
    entry.patch({ verified });
  }
}
