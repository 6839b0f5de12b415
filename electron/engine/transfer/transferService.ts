import { dirname, join } from 'node:path';

import { AppError } from '../../../shared/base/errors.ts';
import { Emitter } from '../../../shared/base/event.ts';
import { type Disposable, DisposableStore } from '../../../shared/base/lifecycle.ts';
import { Throttle } from '../../../shared/flow/throttle.ts';
import type { Transfer, TransferLimits, TransfersChange } from '../../../shared/model/transfer.ts';
import type { EngineDeps } from '../deps.ts';
import type { SessionService } from '../session/sessionService.ts';
import { TransferEntry } from './transferEntry.ts';
import { TransferFeed } from './transferFeed.ts';
import { defaultLimits, type KeptRequest, newTransfer, readTransfers, type TransferRecord } from './transferRecord.ts';
import { writeTransfers } from './transferRecord.ts';

const KEPT = 500; // of those that are over, newest first
const MOST_WAITING = 500; // a mistake with a folder of a million files ends here

/** Does what one kind of transfer is about, from its beginning to a final state, `asking` or the signal. */
export interface TransferRunner {
  /** Rejects with what it failed of; the entry then is `failed`. */
  run(entry: TransferEntry, signal: AbortSignal): Promise<void>;
  /** Sluice ended while it was at work: makes of it what can be made, before anything runs. */
  recover(record: TransferRecord): Promise<TransferRecord>;
  /** A retry takes the place of one that is over: what of it is still of use moves along. */
  moveOn?(from: TransferEntry, to: TransferEntry): void;
  /** It leaves the list. */
  forget?(entry: TransferEntry): void;
}

export interface TransferServiceOptions {
  readonly deps: Pick<EngineDeps, 'clock' | 'documents' | 'log' | 'randomBytes'>;
  readonly sessions: SessionService;
  readonly runners: (throttle: Throttle) => Readonly<Record<KeptRequest['kind'], TransferRunner>>;
}

/** The queue of all transfers. It outlives pages, and is kept over restarts. */
export class TransferService implements Disposable {
  readonly #options: TransferServiceOptions;
  readonly #throttle: Throttle;
  readonly #runners: Readonly<Record<KeptRequest['kind'], TransferRunner>>;
  readonly #entries = new Map<string, TransferEntry>();
  readonly #unkept = new Set<TransferEntry>();
  readonly #feed: TransferFeed;
  readonly #over = new Emitter<TransferEntry>();
  readonly #store = new DisposableStore();
  #limits: TransferLimits = defaultLimits;
  #ready: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;
  #isDisposed = false;

  readonly onChanged;
  /** One is over, or changed behind its end. */
  readonly onOver;

  constructor(options: TransferServiceOptions) {
    this.#options = options;
    this.#throttle = new Throttle(options.deps.clock);
    this.#runners = options.runners(this.#throttle);
    this.#feed = this.#store.add(new TransferFeed(options.deps.clock, () => this.#limits));
    this.onChanged = this.#feed.onChanged;
    this.onOver = this.#over.event;
    this.#store.add(options.sessions.onChanged(() => this.#pump()));
    this.#store.add(options.sessions.onRemoved(({ id }) => this.#cancelAllOf(id)));
  }

  /** Reads what is remembered and goes on with it. Once. */
  ready(): Promise<void> {
    this.#ready ??= this.#load();
    return this.#ready;
  }

  full(): TransfersChange {
    const kept = [...this.#entries.values()].filter((entry) => !this.#unkept.has(entry));
    const transfers = kept.map((entry) => entry.describe());
    return { full: true, transfers, removed: [], limits: this.#limits };
  }

  /** Puts one at the end of the queue. It is told and begins once it is kept: what a person saw is never forgotten. */
  add(
    request: KeptRequest,
    given: Omit<Transfer, 'id' | 'kind' | 'createdAtMs' | 'state' | 'actions' | 'doneBytes' | 'restarts'>,
  ): TransferEntry {
    this.#requireOpen();
    const waiting = [...this.#entries.values()].filter((entry) => !entry.isFinal).length;
    if (waiting >= MOST_WAITING)
      throw new AppError('limit', `${MOST_WAITING} transfers wait already. Let some of them end.`);
    const { clock } = this.#options.deps;
    const entry = this.#list({
      transfer: newTransfer({ ...given, id: this.#newId(), kind: request.kind, createdAtMs: clock.wallMs() }),
      request,
    });
    this.#unkept.add(entry);
    this.#save();
    void this.#saving.then(() => this.#handleKept(entry));
    return entry;
  }

  /** Resolves when all that changed so far is kept. */
  saved(): Promise<void> {
    return this.#saving;
  }

  all(): readonly TransferEntry[] {
    return [...this.#entries.values()];
  }

  /** Throws `not-found`. */
  get(id: string): TransferEntry {
    const entry = this.#entries.get(id);
    if (!entry) throw new AppError('not-found', 'This transfer is not in the list any more.');
    return entry;
  }

  answer(id: string, choice: 'replace' | 'rename' | 'skip', filename?: string): void {
    const entry = this.#allowed(id, 'answer');
    if (choice === 'skip') entry.move('skipped', { exists: undefined });
    else {
      const { request } = entry;
      if (choice === 'replace' && request.kind !== 'remote-migration')
        entry.request = { ...request, ifExists: 'replace' };
      if (choice === 'rename') rename(entry, filename);
      entry.move('queued', { exists: undefined });
    }
  }

  pause(id: string): void {
    const entry = this.#allowed(id, 'pause');
    entry.move('paused');
    entry.stop();
  }

  resume(id: string): void {
    const entry = this.#allowed(id, 'resume');
    entry.rewind();
    entry.move('queued');
  }

  cancel(id: string): void {
    const entry = this.#allowed(id, 'cancel');
    entry.move('cancelled');
    entry.stop();
  }

  /** A new one in the place of one that is over. Gives its ID. */
  retry(id: string): string {
    const entry = this.#allowed(id, 'retry');
    const { clusterId, name, upload, download, restore } = entry.transfer;
    const again = this.add(entry.request, {
      clusterId,
      name,
      retryOf: id,
      ...(upload && { upload }),
      ...(download && { download }),
      ...(restore && { restore }),
    });
    this.#runners[entry.request.kind].moveOn?.(entry, again);
    this.#drop(entry);
    return again.id;
  }

  /** Whether it waits for the password of its key. Throws where it does not. */
  locked(id: string): TransferEntry {
    return this.#allowed(id, 'unlock');
  }

  remove(id: string): void {
    this.#drop(this.#allowed(id, 'remove'));
  }

  limit(limits: TransferLimits): void {
    this.#limits = limits;
    this.#throttle.bytesPerSecond = limits.bytesPerSecond;
    this.#feed.touch();
    this.#save();
    this.#pump();
  }

  /** Ends what runs where it is; what it was is kept, and told when Sluice starts again. */
  async close(): Promise<void> {
    this.dispose();
    await this.#saving;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    for (const entry of this.#entries.values()) entry.stop();
    this.#store.dispose();
  }

  async #load(): Promise<void> {
    const { limits, records } = await readTransfers(this.#options.deps.documents);
    this.#limits = limits;
    this.#throttle.bytesPerSecond = limits.bytesPerSecond;
    for (const record of records) this.#list(await this.#recovered(record));
    if (records.length > 0) this.#save();
    this.#pump();
  }

  async #recovered(record: TransferRecord): Promise<TransferRecord> {
    try {
      return await this.#runners[record.request.kind].recover(record);
    } catch (error) {
      this.#options.deps.log.write('warn', 'transfer', 'one of an earlier run could not be looked at', { error });
      return record;
    }
  }

  #list(record: TransferRecord): TransferEntry {
    const entry = new TransferEntry(record, this.#options.deps.clock, {
      changed: (changed) => this.#handleChanged(changed),
      moved: (moved) => this.#feed.touch(moved),
    });
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #handleKept(entry: TransferEntry): void {
    this.#unkept.delete(entry);
    if (this.#isDisposed) return;
    this.#feed.touch(entry);
    this.#pump();
  }

  #handleChanged(entry: TransferEntry): void {
    if (this.#isDisposed) return; // what is kept says what was when it ended
    this.#feed.touch(entry);
    if (entry.isFinal) this.#trim();
    this.#save();
    if (entry.isFinal) this.#over.fire(entry);
    queueMicrotask(() => this.#pump());
  }

  /** Starts what may start, oldest first. */
  #pump(): void {
    if (this.#isDisposed) return;
    let taken = 0;
    for (const entry of this.#entries.values()) if (entry.isRunning && takesPlace(entry)) taken += 1;
    for (const entry of this.#entries.values()) {
      if (!this.#isWaiting(entry) || (takesPlace(entry) && taken >= this.#limits.parallel)) continue;
      if (!this.#isSignedIn(entry)) entry.say('Waits until you are signed in');
      else {
        if (takesPlace(entry)) taken += 1;
        void this.#run(entry);
      }
    }
  }

  /** To begin, or left at work by an earlier run of Sluice. */
  #isWaiting(entry: TransferEntry): boolean {
    if (entry.isRunning || this.#unkept.has(entry)) return false;
    return entry.state === 'queued' || entry.state === 'verifying' || entry.state === 'running';
  }

  /** A cluster that was forgotten: what was to go there or to come from there. */
  #cancelAllOf(clusterId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.isFinal || entry.transfer.clusterId !== clusterId) continue;
      entry.move('cancelled');
      entry.stop();
    }
  }

  #isSignedIn({ transfer }: TransferEntry): boolean {
    return this.#options.sessions.all().some((session) => session.id === transfer.clusterId && session.isActive);
  }

  async #run(entry: TransferEntry): Promise<void> {
    const signal = entry.begin();
    try {
      await this.#runners[entry.request.kind].run(entry, signal);
    } catch (error) {
      this.#handleFailure(entry, AppError.from(error), signal);
    } finally {
      entry.end(signal);
      this.#pump();
    }
  }

  #handleFailure(entry: TransferEntry, error: AppError, signal: AbortSignal): void {
    if (signal.aborted || entry.isFinal) return; // somebody stopped it, and said so in its state
    entry.move('failed', { error: error.toInfo() });
    const { kind, name } = entry.transfer;
    this.#options.deps.log.write('info', 'transfer', `${kind} of ${name} failed`, {
      reason: error.code,
      message: error.message,
    });
  }

  #allowed(id: string, action: Transfer['actions'][number]): TransferEntry {
    this.#requireOpen();
    const entry = this.get(id);
    if (entry.describe().actions.includes(action)) return entry;
    throw new AppError('invalid', `That cannot be done with a transfer that is ${entry.state}.`);
  }

  #requireOpen(): void {
    if (this.#isDisposed) throw new AppError('closed', 'Sluice is closing.');
  }

  #drop(entry: TransferEntry): void {
    this.#runners[entry.request.kind].forget?.(entry);
    this.#entries.delete(entry.id);
    this.#feed.remove(entry);
    this.#save();
  }

  #trim(): void {
    const over = [...this.#entries.values()].filter((entry) => entry.isFinal && !entry.madeToken);
    for (const entry of over.slice(0, Math.max(0, over.length - KEPT))) this.#drop(entry);
  }

  /** One write after the other; what changes meanwhile goes into the next. */
  #save(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    const write = async () => {
      this.#isDirty = false;
      const records = [...this.#entries.values()].map((entry) => entry.record);
      await writeTransfers(this.#options.deps.documents, { limits: this.#limits, records });
    };
    this.#saving = this.#saving.then(write).catch((error: unknown) => {
      this.#options.deps.log.write('error', 'transfer', 'the list of transfers could not be kept', { error });
    });
  }

  #newId(): string {
    return Buffer.from(this.#options.deps.randomBytes(8)).toString('hex');
  }
}

/** A remote migration is the servers' work: it takes no place from those that pass through here. */
const takesPlace = ({ transfer }: TransferEntry): boolean => transfer.kind !== 'remote-migration';

function rename(entry: TransferEntry, filename: string | undefined): void {
  const { request } = entry;
  if (filename === undefined || filename === '') throw new AppError('invalid', 'Give the new name.');
  if (request.kind === 'upload') entry.request = { ...request, filename };
  if (request.kind === 'download' || request.kind === 'restore')
    entry.request = { ...request, path: join(dirname(request.path), filename) };
}
