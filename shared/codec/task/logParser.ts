import type { TaskProgress } from '../../model/task.ts';
import { readBackupLine } from './backupLines.ts';
import { Bar } from './bar.ts';
import { readCopyPhase, readWgetLine } from './copyLines.ts';
import { readCollectionLine, readServerPhase, readShareLine } from './datastoreLines.ts';
import { unstamped } from './ending.ts';
import { readMemoryLine, readMigrationLine, readMirrorLine } from './migrationLines.ts';
import { OfflineCopies, type VolumeSizes } from './offlineLines.ts';
import { Parts } from './parts.ts';
import { createRestoreReader, readPullLine, readReplicationLine } from './restoreLines.ts';
import type { LineReader, LogUpdate } from './update.ts';

/** What the log does not say and is known from elsewhere; it may become known while the log is read. */
export interface LogHints {
  /** Of the guest: so much room is kept on the bar for it while its disks are copied. */
  readonly memoryBytes?: number | undefined;
  readonly volumeBytes?: VolumeSizes;
}

const offline = (hints: LogHints) => new OfflineCopies(hints.volumeBytes).read;
/** Remote migrations say what the other side's import says behind these words (facts 6.4 d). */
const unwrapped =
  (read: LineReader): LineReader =>
  (line) =>
    read(line.replace(/^((?:\d{4}-\d\d-\d\d \S+ )?)(?:disk-import: |tunnel: )/, '$1'));

const migration = (hints: LogHints) => [readMemoryLine, readMirrorLine, unwrapped(offline(hints)), readMigrationLine];
const copy = (hints: LogHints) => [readMirrorLine, offline(hints), readCopyPhase];
const restore = (hints: LogHints) => [createRestoreReader(), offline(hints), readCopyPhase];
const download = () => [readWgetLine, readCopyPhase];
const datastore = () => [readShareLine, readServerPhase];

/** Which families of lines occur in which type of task (PVE wire facts 6.4). */
const families: Readonly<Record<string, (hints: LogHints) => LineReader[]>> = {
  qmigrate: migration,
  hamigrate: migration,
  vzmigrate: migration,
  qmtunnel: migration,
  vzmtunnel: migration,
  vzdump: () => [readBackupLine],
  qmrestore: restore,
  vzrestore: restore,
  vzcreate: restore,
  qmcreate: restore,
  qmclone: copy,
  vzclone: copy,
  qmmove: copy,
  move_volume: copy,
  imgcopy: () => [readCopyPhase],
  download,
  'pbs-download': download,
  ociregistrypull: () => [readPullLine, ...download()],
  replication: (hints) => [readReplicationLine, offline(hints)],
  backup: () => [readServerPhase],
  garbage_collection: () => [readCollectionLine],
  ...{ verify: datastore, verificationjob: datastore, verify_group: datastore, verify_snapshot: datastore },
  ...{ sync: datastore, syncjob: datastore, 'tape-backup': datastore, 'tape-backup-job': datastore },
};

/** True where the log of such a task tells how far it is. */
export function hasProgress(taskType: string): boolean {
  return Object.hasOwn(families, taskType);
}

/** What only a forecast needs. */
export interface LogFacts {
  /** Of a live migration. What was sent may be more than there is. */
  readonly memory?: { readonly sentBytes: number; readonly totalBytes: number; readonly isReady: boolean };
  /** A live migration's memory that will move once its disks are there; 0 where nobody knows how much. */
  readonly awaitedMemoryBytes?: number;
  readonly downtimeLimitMs?: number;
  readonly downtimeMs?: number;
  readonly limitBytesPerSecond?: number;
}

const NOT_DONE = 0.99; // while something may follow: switching over, cleaning up

/**
 * Reads the log of one task, line by line, and knows how far it is. Lines it does not know change nothing, a line read
 * twice changes nothing more, and the bar never goes back. Nothing depends on the times in the log.
 */
export class LogParser {
  readonly #readers: readonly LineReader[];
  readonly #parts: Parts;
  readonly #bar = new Bar();
  #progress: TaskProgress = {};
  #facts: LogFacts = {};
  #things: number | undefined; // how many guests a job has; 0: nobody knows
  #isFinished = false;
  readonly #ended = new Set<string>();

  constructor(taskType: string, hints: LogHints = {}) {
    this.#readers = Object.hasOwn(families, taskType) ? (families[taskType]?.(hints) ?? []) : [];
    this.#parts = new Parts(hints);
  }

  get progress(): TaskProgress {
    return this.#progress;
  }

  get facts(): LogFacts {
    return this.#facts;
  }

  /** True when it was a line of the task's family. */
  push(text: string): boolean {
    const line = unstamped(text);
    for (const read of this.#readers) {
      const update = read(line);
      if (!update) continue;
      this.#apply(update);
      return true;
    }
    return false;
  }

  #apply(update: LogUpdate): void {
    if (update.of !== undefined) this.#things = update.of;
    if (update.ends !== undefined) this.#ended.add(update.ends);
    if (update.isFinished) this.#isFinished = true;
    this.#parts.apply(update);
    this.#learn(update);
    const kept = update.begins || update.ends !== undefined ? withoutNumbers(this.#progress) : this.#progress;
    const next: TaskProgress = {
      ...kept,
      ...pick(update, 'phase'),
      ...pick(update, 'doneBytes'),
      ...pick(update, 'totalBytes'),
      ...pick(update, 'bytesPerSecond'),
      ...pick(update, 'dirtyBytesPerSecond'),
    };
    delete next.etaSeconds;
    if (update.etaSeconds) next.etaSeconds = [...update.etaSeconds];
    if (!this.#parts.isEmpty) this.#showParts(next);
    const fraction = this.#fraction(update, next);
    if (fraction !== undefined) next.fraction = this.#bar.push(fraction);
    this.#progress = next;
  }

  #learn(update: LogUpdate): void {
    const { memory, awaitedMemoryBytes } = this.#parts;
    const { awaitedMemoryBytes: _before, ...kept } = this.#facts;
    this.#facts = {
      ...kept,
      ...(awaitedMemoryBytes !== undefined && { awaitedMemoryBytes }),
      ...pick(update, 'downtimeLimitMs'),
      ...pick(update, 'downtimeMs'),
      ...pick(update, 'limitBytesPerSecond'),
      ...(memory && {
        memory: { sentBytes: memory.sentBytes, totalBytes: memory.totalBytes, isReady: memory.isReady },
      }),
    };
  }

  #showParts(next: TaskProgress): void {
    next.parts = this.#parts.list();
    next.doneBytes = this.#parts.doneBytes();
    const totalBytes = this.#parts.totalBytes();
    const rate = this.#parts.bytesPerSecond();
    if (totalBytes === undefined) delete next.totalBytes;
    else next.totalBytes = totalBytes;
    if (rate === undefined) delete next.bytesPerSecond;
    else next.bytesPerSecond = rate;
  }

  #fraction(update: LogUpdate, next: TaskProgress): number | undefined {
    if (this.#isFinished) return 1;
    if (!this.#parts.isEmpty) {
      const ofParts = this.#parts.fraction();
      return ofParts === undefined ? undefined : Math.min(NOT_DONE, ofParts);
    }
    const own = ownFraction(update, next);
    if (this.#things === undefined) return own;
    // How far a job is of which nobody knows the size can't be said.
    if (this.#things === 0) return undefined;
    return Math.min(1, (this.#ended.size + (update.ends !== undefined ? 0 : (own ?? 0))) / this.#things);
  }
}

function ownFraction(update: LogUpdate, next: TaskProgress): number | undefined {
  if (update.fraction !== undefined) return Math.min(1, update.fraction);
  const { doneBytes, totalBytes } = next;
  if (doneBytes === undefined || totalBytes === undefined || totalBytes <= 0) return undefined;
  return Math.min(1, doneBytes / totalBytes);
}

function withoutNumbers({ phase, fraction, parts }: TaskProgress): TaskProgress {
  return {
    ...(phase !== undefined && { phase }),
    ...(fraction !== undefined && { fraction }),
    ...(parts && { parts }),
  };
}

function pick<K extends keyof LogUpdate>(update: LogUpdate, key: K): Partial<Pick<LogUpdate, K>> {
  return update[key] === undefined ? {} : ({ [key]: update[key] } as Partial<Pick<LogUpdate, K>>);
}
