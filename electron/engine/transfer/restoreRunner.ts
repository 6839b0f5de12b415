import { basename } from 'node:path';

import { onAbort, throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError, type ErrorCode } from '../../../shared/base/errors.ts';
import type { Throttle } from '../../../shared/flow/throttle.ts';
import type { Backups } from '../pbs/backups.ts';
import { type CryptKey, unlockKey } from '../pbs/cryptKey.ts';
import { PartialFile, type WriteTarget } from '../pbs/partialFile.ts';
import { Restore, type RestoreListener } from '../pbs/restore.ts';
import type { SessionService } from '../session/sessionService.ts';
import { draftPathOf, removeDraft } from './downloadFile.ts';
import { mayGo } from './mayGo.ts';
import { readKeyFile } from './restoreKey.ts';
import type { TransferEntry } from './transferEntry.ts';
import type { KeptRequest, TransferRecord } from './transferRecord.ts';
import type { TransferRunner } from './transferService.ts';

type RestoreWish = Extract<KeptRequest, { kind: 'restore' }>;

export interface RestoreRunnerOptions {
  readonly sessions: SessionService;
  readonly backups: Backups;
  readonly clock: Clock;
  /** Resolves when what was changed is kept. */
  readonly saved: () => Promise<void>;
  readonly heartbeatMs: () => number;
}

/** After these what was written is of no use, or not to be trusted. After all others a retry goes on with it. */
const spoilt: ReadonlySet<ErrorCode> = new Set(['protocol', 'invalid', 'not-found', 'unsupported', 'internal']);

/**
 * Restores out of a Backup Server: to another name, each piece made sure of, then renamed. Pieces have names, so a
 * restore goes on where it was: after a pause at once, after a restart of the engine or a retry by reading back what is
 * there.
 */
export class RestoreRunner {
  readonly #options: RestoreRunnerOptions;
  /** Open keys; they are in no file and go with their entry. */
  readonly #keys = new WeakMap<TransferEntry, CryptKey>();
  /** Paused in the middle, their file still open. */
  readonly #held = new Map<TransferEntry, Restore>();
  readonly #running = new Map<TransferEntry, Promise<void>>();
  /** Of the run under way; files outlive runs. */
  readonly #signals = new WeakMap<TransferEntry, AbortSignal>();
  #throttle: Throttle | undefined;

  constructor(options: RestoreRunnerOptions) {
    this.#options = options;
  }

  /** As the queue runs it, under the limit of all transfers. */
  within(throttle: Throttle): TransferRunner {
    this.#throttle = throttle;
    return {
      run: (entry, signal) => this.#run(entry, signal),
      recover: (record) => Promise.resolve(recovered(record)),
      moveOn: (from, to) => this.#moveOn(from, to),
      forget: (entry) => void this.#remove(entry),
    };
  }

  /** To be called in the same breath in which it was added. */
  give(entry: TransferEntry, key: CryptKey): void {
    this.#keys.set(entry, key);
  }

  /** It waited for that key, and goes on. */
  unlock(entry: TransferEntry, key: CryptKey): void {
    this.give(entry, key);
    entry.move('queued', { lockedKey: undefined });
  }

  /** What one that was cancelled while nothing ran has left. */
  async tidy(entry: TransferEntry): Promise<void> {
    if (entry.state === 'cancelled' && !this.#running.has(entry)) await this.#remove(entry);
  }

  /** Lets go of all files; what was written stays for another time. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running.values());
    await Promise.all([...this.#held.values()].map((restore) => restore.release()));
    this.#held.clear();
  }

  async #run(entry: TransferEntry, signal: AbortSignal): Promise<void> {
    await this.#running.get(entry)?.catch(() => {}); // it was paused a moment ago and has not come to its rest
    throwIfAborted(signal);
    const running = this.#restore(entry, signal).finally(() => this.#running.delete(entry));
    this.#running.set(entry, running);
    await running;
  }

  async #restore(entry: TransferEntry, signal: AbortSignal): Promise<void> {
    const { request } = entry;
    if (request.kind !== 'restore') throw new AppError('internal', 'This is no restore.');
    const restore = this.#held.get(entry) ?? (await this.#begin(entry, request, signal));
    if (!restore) return;
    this.#held.delete(entry);
    entry.move('running', { phase: 'Connects' });
    await this.#options.saved();
    const watch = this.#untilDistrusted(request.clusterId, signal);
    this.#signals.set(entry, watch.signal);
    try {
      throwIfAborted(signal);
      entry.rewind();
      entry.place(restore.placedBytes);
      const { totalBytes } = await restore.run(watch.signal);
      entry.draftPath = undefined;
      entry.move('done', { totalBytes, verified: ['checksum', 'size'] });
    } catch (error) {
      await this.#settle(entry, restore, AppError.from(error), signal);
    } finally {
      watch.dispose();
    }
  }

  /** What was written after it was stopped or failed: kept open, kept, or removed. */
  async #settle(entry: TransferEntry, restore: Restore, error: AppError, signal: AbortSignal): Promise<void> {
    if (entry.state === 'cancelled') {
      await restore.discard();
      return await this.#remove(entry);
    }
    if (signal.aborted) {
      this.#held.set(entry, restore); // a pause; or Sluice ends, and closes it
      return;
    }
    const { sessions } = this.#options;
    const isOut = error.code === 'session-expired' && !sessions.get(entry.transfer.clusterId).isActive;
    if (isOut) {
      this.#held.set(entry, restore);
      entry.move('queued');
      return;
    }
    await restore.release();
    // A file of its name came meanwhile. All of ours is there: it is asked about, and then only looked at again.
    if (error.detail?.['exists'] === true) return entry.move('queued');
    if (spoilt.has(error.code)) await this.#remove(entry);
    throw error;
  }

  /** Undefined: the entry waits for a person's answer, or is over. */
  async #begin(entry: TransferEntry, wish: RestoreWish, signal: AbortSignal): Promise<Restore | undefined> {
    const { clusterId, path, snapshot, archive, ifExists } = wish;
    entry.rewind();
    entry.move('preparing', { phase: 'Looks at the place' });
    entry.patch({ name: basename(path), restore: { path, archive, snapshot } });
    if (!(await mayGo(entry, wish))) return undefined;
    throwIfAborted(signal);
    const key = await this.#keyFor(entry, wish);
    if (key === 'locked') return undefined;
    throwIfAborted(signal);
    // Known before it is made: it is found again even when we are ended in the middle.
    const partialPath = entry.draftPath ?? draftPathOf(path, entry.id);
    entry.draftPath = partialPath;
    const create = { replaces: ifExists === 'replace', partialPath, keepsEarlier: true };
    const { backups, clock } = this.#options;
    return new Restore({
      ...{ server: backups.server(clusterId), snapshot, archive, key, clock },
      heartbeatMs: this.#options.heartbeatMs(),
      createTarget: async () => this.#throttled(entry, await PartialFile.create(path, create)),
      on: tellEntry(entry),
    });
  }

  async #keyFor(entry: TransferEntry, { keyPath }: RestoreWish): Promise<CryptKey | 'locked' | undefined> {
    const known = this.#keys.get(entry);
    if (known || keyPath === undefined) return known;
    const file = await readKeyFile(keyPath);
    if (file.derivation.kind === 'none') return await unlockKey(file, undefined);
    const { hint } = file;
    entry.move('asking', { lockedKey: { path: keyPath, ...(hint !== undefined && { hint }) } });
    return 'locked';
  }

  /** The limit counts what is written: a piece keeps its place in the memory until then, so the requests slow down. */
  #throttled(entry: TransferEntry, target: PartialFile): WriteTarget {
    return {
      setSize: (bytes) => target.setSize(bytes),
      write: async (data, at) => {
        await this.#throttle?.take(data.length, this.#signals.get(entry));
        await target.write(data, at);
      },
      finish: () => target.finish(),
      discard: () => target.discard(),
      release: () => target.release(),
      readBack: target.readBack,
    };
  }

  /** A certificate that is no longer trusted ends it as it ends everything of its cluster. */
  #untilDistrusted(clusterId: string, outer: AbortSignal) {
    const { sessions } = this.#options;
    const work = new AbortController();
    const outside = onAbort(outer, (error) => work.abort(error));
    const inside = sessions.onChanged(() => {
      const session = sessions.all().find(({ id }) => id === clusterId);
      if (session?.state !== 'certificate-changed') return;
      const { error } = session.describe();
      work.abort(error ? AppError.fromInfo(error) : new AppError('certificate-changed', 'The certificate changed.'));
    });
    return {
      signal: work.signal,
      dispose() {
        outside.dispose();
        inside.dispose();
      },
    };
  }

  #moveOn(from: TransferEntry, to: TransferEntry): void {
    to.draftPath = from.draftPath;
    from.draftPath = undefined;
    const key = this.#keys.get(from);
    if (key) this.#keys.set(to, key);
  }

  async #remove(entry: TransferEntry): Promise<void> {
    const { draftPath } = entry;
    await this.#held.get(entry)?.discard();
    this.#held.delete(entry);
    this.#keys.delete(entry);
    entry.draftPath = undefined;
    if (draftPath !== undefined) await removeDraft(draftPath).catch(() => {}); // its folder is gone, or was never there
  }
}

function tellEntry(entry: TransferEntry): RestoreListener {
  return {
    sized: (totalBytes) => entry.patch({ totalBytes }),
    written: (bytes) => entry.add(bytes),
    found: (bytes) => entry.place(bytes),
    phase: (text) => entry.say(text),
    reconnected: ({ message }) => entry.patch({ restarts: entry.transfer.restarts + 1, restartReason: message }),
  };
}

/** Sluice ended while it was at work. It goes on with what is there, once it is signed in. */
function recovered(record: TransferRecord): TransferRecord {
  const { transfer } = record;
  const wasAtWork = ['preparing', 'asking', 'running', 'verifying'].includes(transfer.state);
  if (!wasAtWork) return record;
  const { exists: _exists, lockedKey: _lockedKey, phase: _phase, ...rest } = transfer;
  return { ...record, transfer: { ...rest, state: 'queued', doneBytes: 0 } };
}
