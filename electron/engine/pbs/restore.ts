import { onAbort, sleep, throwIfAborted } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { storedAs } from '../../../shared/codec/pbs/archiveName.ts';
import type { ChunkIndex } from '../../../shared/codec/pbs/chunkIndex.ts';
import type { ManifestFile } from '../../../shared/codec/pbs/manifest.ts';
import { Backoff } from '../../../shared/flow/backoff.ts';
import { ArrivalBuffers, takeChunk, turnBytes } from './chunkTurn.ts';
import type { CryptKey } from './cryptKey.ts';
import { chunkDigest } from './decodeBlob.ts';
import type { ReaderServer, SnapshotRef } from './openReader.ts';
import { PartialFile, type WriteTarget } from './partialFile.ts';
import { archiveIn, keyOf, readBlob, readIndex, readManifest } from './readArchive.ts';
import { ReaderSession } from './readerSession.ts';

export const DEFAULT_IN_FLIGHT_BYTES = 32 << 20; // four chunks of 4 MiB, packed and unpacked
const MOST_STREAMS = 16; // 1 MiB of the smallest chunks: enough for 80 Mbit/s over 100 ms of distance
const MOST_FAILURES = 8; // in a row, without a chunk in between: some two minutes

export interface RestoreOptions {
  readonly server: ReaderServer;
  readonly snapshot: SnapshotRef;
  /** As the manifest names it: `drive-scsi0.img.fidx`. */
  readonly archive: string;
  readonly key: CryptKey | undefined;
  /** Made once, with the first bytes to come. */
  readonly createTarget: () => Promise<WriteTarget>;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** Memory of chunks under way; at least one is. */
  readonly inFlightBytes?: number;
  readonly backoff?: Backoff;
  readonly on: RestoreListener;
}

export interface RestoreListener {
  /** The archive's size is known. */
  sized(totalBytes: number): void;
  /** So many more bytes are in their place: written, or a hole that was there. */
  written(bytes: number): void;
  /** So many bytes were in their place already, written by an earlier run or holes. Default: as `written`. */
  found?(bytes: number): void;
  /** What it does or waits for, for people. */
  phase?(text: string): void;
  /** It begins anew on a new connection, and why. */
  reconnected?(reason: AppError): void;
}

/** What a restore did. */
export interface RestoreReport {
  readonly totalBytes: number;
  /** Came over the wire. */
  readonly fetchedBytes: number;
  /** Left as holes. */
  readonly holeBytes: number;
  readonly connections: number;
}

/**
 * Restores one archive into a file. A connection that is lost is replaced by a new one, which asks for what is missing
 * and nothing else; requests are GETs only. `run` may be called again after it was stopped in the middle (a pause):
 * what was written stays. `discard` gives it up.
 */
export class Restore {
  readonly #options: RestoreOptions;
  readonly #buffers = new ArrivalBuffers();
  readonly #backoff: Backoff;
  #target: WriteTarget | undefined;
  #index: ChunkIndex | undefined;
  #missing: Uint8Array = new Uint8Array(0); // 1: still to come
  #missingCount = 0;
  #takenCount = 0;
  #recalled = 0; // chunks of an earlier run that were looked at
  #placedBytes = 0;
  #fetchedBytes = 0;
  #holeBytes = 0;
  #totalBytes = 0;
  #connections = 0;

  constructor(options: RestoreOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff();
  }

  /** Rejects with what went wrong for good, or with the signal's reason; then `discard` or `run` again. */
  async run(signal: AbortSignal): Promise<RestoreReport> {
    for (let failures = 0; ; failures += 1) {
      const before = this.#takenCount;
      try {
        await this.#pass(signal);
        break;
      } catch (error) {
        throwIfAborted(signal);
        const known = AppError.from(error);
        if (this.#takenCount > before) {
          failures = 0;
          this.#backoff.reset();
        }
        if (known.retry !== 'later' || failures >= MOST_FAILURES) throw known;
        this.#options.on.reconnected?.(known);
        this.#options.on.phase?.('Waits before it connects again');
        await sleep(this.#options.clock, this.#backoff.nextMs(), signal);
      }
    }
    this.#options.on.phase?.('Writes the last of it to the disk');
    await this.#target?.finish();
    this.#buffers.clear();
    return this.#report();
  }

  /** In their place so far. */
  get placedBytes(): number {
    return this.#placedBytes;
  }

  /** Takes away what was written. */
  async discard(): Promise<void> {
    this.#buffers.clear();
    await this.#target?.discard();
  }

  /** Leaves what was written where it is, for a restore of another time. It is not run again. */
  async release(): Promise<void> {
    this.#buffers.clear();
    await this.#target?.release?.();
  }

  #report(): RestoreReport {
    return {
      totalBytes: this.#totalBytes,
      fetchedBytes: this.#fetchedBytes,
      holeBytes: this.#holeBytes,
      connections: this.#connections,
    };
  }

  /** One connection's worth. */
  async #pass(signal: AbortSignal): Promise<void> {
    const { server, snapshot, clock, heartbeatMs, key, archive, on } = this.#options;
    on.phase?.('Connects');
    const session = await ReaderSession.open(server, snapshot, { clock, signal, heartbeatMs });
    this.#connections += 1;
    try {
      const file = archiveIn(await readManifest(session, key, signal), archive, key);
      if (storedAs(archive) === 'blob') await this.#takeBlob(session, file, signal);
      else await this.#takeChunks(session, file, signal);
    } finally {
      session.dispose();
    }
  }

  async #takeBlob(session: ReaderSession, file: ManifestFile, signal: AbortSignal): Promise<void> {
    const data = await readBlob(session, file, this.#options.key, signal);
    this.#target ??= await this.#options.createTarget();
    this.#totalBytes = data.length;
    this.#options.on.sized(data.length);
    await this.#target.setSize(data.length);
    await this.#target.write(data, 0);
    this.#fetchedBytes += file.sizeBytes;
    this.#placedBytes = data.length;
    this.#options.on.written(data.length);
  }

  async #takeChunks(session: ReaderSession, file: ManifestFile, signal: AbortSignal): Promise<void> {
    this.#options.on.phase?.('Reads the index');
    const index = await readIndex(session, file, signal);
    const key = keyOf(file, this.#options.key);
    if (!this.#index) await this.#begin(index, key);
    else if (!sameIndex(this.#index, index)) {
      throw new AppError('protocol', 'The backup became another one while it was restored. Restore it again.');
    }
    await this.#recall(index, key, signal);
    this.#options.on.phase?.('Restores');
    await this.#fetchMissing(session, index, key, signal);
  }

  async #begin(index: ChunkIndex, key: CryptKey | undefined): Promise<void> {
    this.#target ??= await this.#options.createTarget();
    await this.#target.setSize(index.sizeBytes);
    this.#index = index;
    this.#totalBytes = index.sizeBytes;
    this.#options.on.sized(index.sizeBytes);
    this.#missing = new Uint8Array(index.chunkCount).fill(1);
    this.#missingCount = index.chunkCount;
    const { fixed } = index.header;
    if (!fixed || this.#target.readBack) return;
    // A fresh file is all zeros: chunks of zeros are there already (PBS wire facts 9.5).
    const zeros = chunkDigest(new Uint8Array(fixed.chunkBytes), key);
    for (let chunk = 0; chunk < index.chunkCount; chunk += 1) if (zeros.equals(index.digest(chunk))) this.#skip(chunk);
  }

  /**
   * What is left of an earlier run: only what has the digest that the index names counts. The session meanwhile lives
   * on its heartbeats.
   */
  async #recall(index: ChunkIndex, key: CryptKey | undefined, signal: AbortSignal): Promise<void> {
    const readBack = this.#target?.readBack;
    if (!readBack || this.#recalled >= index.chunkCount) return;
    this.#options.on.phase?.('Looks at what is there from before');
    let buffer = new Uint8Array(0);
    for (; this.#recalled < index.chunkCount; this.#recalled += 1) {
      throwIfAborted(signal);
      const start = index.start(this.#recalled);
      const bytes = index.end(this.#recalled) - start;
      if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(bytes);
      const piece = buffer.subarray(0, bytes);
      const isWhole = (await readBack(piece, start)) === bytes;
      if (isWhole && chunkDigest(piece, key).equals(index.digest(this.#recalled))) this.#tellFound(this.#recalled);
    }
  }

  #skip(chunk: number): void {
    this.#holeBytes += this.#tellFound(chunk);
  }

  #tellFound(chunk: number): number {
    const bytes = this.#take(chunk);
    const { on } = this.#options;
    if (on.found) on.found(bytes);
    else on.written(bytes);
    return bytes;
  }

  #take(chunk: number): number {
    this.#missing[chunk] = 0;
    this.#missingCount -= 1;
    this.#takenCount += 1;
    const bytes = (this.#index?.end(chunk) ?? 0) - (this.#index?.start(chunk) ?? 0);
    this.#placedBytes += bytes;
    return bytes;
  }

  /** Several at a time, as many as the memory allows; the first that fails ends all. */
  async #fetchMissing(
    session: ReaderSession,
    index: ChunkIndex,
    key: CryptKey | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const target = this.#target;
    if (!target) throw new AppError('internal', 'A restore has no file to write to.');
    const work = new AbortController();
    const outer = onAbort(signal, (error) => work.abort(error));
    const onFetched = (bytes: number) => {
      this.#fetchedBytes += bytes;
    };
    const turn = { session, index, key, target, buffers: this.#buffers, signal: work.signal, onFetched };
    const running = new Set<Promise<void>>();
    const { inFlightBytes = DEFAULT_IN_FLIGHT_BYTES } = this.#options;
    let heldBytes = 0;
    let failure: AppError | undefined;
    try {
      for (let chunk = 0; chunk < index.chunkCount && this.#missingCount > 0; chunk += 1) {
        if (this.#missing[chunk] === 0) continue;
        const bytes = turnBytes(index, chunk);
        while (running.size >= MOST_STREAMS || (running.size > 0 && heldBytes + bytes > inFlightBytes)) {
          await Promise.race(running);
        }
        if (failure !== undefined || work.signal.aborted) break;
        heldBytes += bytes;
        const one = takeChunk(turn, chunk)
          .then(() => this.#options.on.written(this.#take(chunk)))
          .catch((error: unknown) => {
            failure ??= AppError.from(error);
            work.abort(failure);
          })
          .finally(() => {
            heldBytes -= bytes;
            running.delete(one);
          });
        running.add(one);
      }
    } finally {
      await Promise.all(running); // none writes on behind our back
      outer.dispose();
    }
    if (failure) throw failure;
    throwIfAborted(signal);
  }
}

function sameIndex(a: ChunkIndex, b: ChunkIndex): boolean {
  return a.sizeBytes === b.sizeBytes && Buffer.compare(a.entries, b.entries) === 0;
}

/** A restore into a file of this machine. */
export function restoreToFile(options: Omit<RestoreOptions, 'createTarget'>, path: string, replaces: boolean): Restore {
  return new Restore({ ...options, createTarget: () => PartialFile.create(path, { replaces }) });
}
