import type { TaskProgress } from '../../model/task.ts';
import { readBackupLine } from './backupLines.ts';
import {
  createZfsReader,
  readConvertLine,
  readCopyPhase,
  readDdLine,
  readRestoreLine,
  readWgetLine,
} from './copyLines.ts';
import { readMemoryLine, readMigrationPhase, readMirrorLine } from './migrationLines.ts';
import type { LineReader, LogUpdate, PartUpdate } from './update.ts';

const migration = () => [
  readMemoryLine,
  readMirrorLine,
  readConvertLine,
  readDdLine,
  createZfsReader(),
  readMigrationPhase,
];
const copy = () => [readMirrorLine, readConvertLine, readDdLine, createZfsReader(), readCopyPhase];

/** Which families of lines occur in which type of task (PVE wire facts 6.4). */
const families: Readonly<Record<string, () => LineReader[]>> = {
  qmigrate: migration,
  hamigrate: migration,
  vzmigrate: migration,
  qmtunnel: migration,
  vzmtunnel: migration,
  vzdump: () => [readBackupLine],
  qmrestore: () => [readRestoreLine, readConvertLine],
  vzrestore: () => [readRestoreLine],
  qmclone: copy,
  vzclone: copy,
  qmmove: copy,
  move_volume: copy,
  qmcreate: copy,
  vzcreate: () => [readRestoreLine],
  imgcopy: () => [readCopyPhase],
  download: () => [readWgetLine, readCopyPhase],
  'pbs-download': () => [readWgetLine, readCopyPhase],
};

/** True where the log of such a task tells how far it is. */
export function hasProgress(taskType: string): boolean {
  return Object.hasOwn(families, taskType);
}

/**
 * Reads the log of one task, line by line, and knows how far it is. Lines it does not know change nothing; the bar
 * goes back only where the whole has grown: where memory joins the disks, "26 of 40 GiB" is not 100 %.
 */
export class LogParser {
  readonly #readers: readonly LineReader[];
  readonly #parts = new Map<string, { name: string; doneBytes: number; totalBytes: number; isReady: boolean }>();
  #progress: TaskProgress = {};
  #things: number | undefined; // how many guests a job has; 0: nobody knows
  readonly #ended = new Set<string>();

  constructor(taskType: string) {
    this.#readers = families[taskType]?.() ?? [];
  }

  get progress(): TaskProgress {
    return this.#progress;
  }

  /** True when it changed something. */
  push(line: string): boolean {
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
    if (update.part) this.#applyPart(update.part);
    const kept = update.begins || update.ends !== undefined ? withoutNumbers(this.#progress) : this.#progress;
    const next: TaskProgress = {
      ...kept,
      ...pick(update, 'phase'),
      ...pick(update, 'doneBytes'),
      ...pick(update, 'totalBytes'),
      ...pick(update, 'bytesPerSecond'),
      ...pick(update, 'dirtyBytesPerSecond'),
      ...(this.#parts.size > 0 && this.#ofParts()),
    };
    delete next.etaSeconds;
    if (update.etaSeconds) next.etaSeconds = [...update.etaSeconds];
    const fraction = this.#fraction(update, next);
    const hasGrown = (next.totalBytes ?? 0) > (kept.totalBytes ?? next.totalBytes ?? 0);
    const least = hasGrown ? 0 : (this.#progress.fraction ?? 0);
    if (fraction !== undefined) next.fraction = Math.max(least, fraction);
    this.#progress = next;
  }

  #applyPart(update: PartUpdate): void {
    const before = this.#parts.get(update.name) ?? { name: update.name, doneBytes: 0, totalBytes: 0, isReady: false };
    const totalBytes = update.totalBytes ?? before.totalBytes;
    const isReady = update.isReady ?? before.isReady;
    const doneBytes = update.doneBytes ?? (isReady ? totalBytes : before.doneBytes);
    this.#parts.set(update.name, { name: update.name, doneBytes, totalBytes, isReady });
  }

  #ofParts(): Partial<TaskProgress> {
    const parts = [...this.#parts.values()];
    const doneBytes = parts.reduce((sum, part) => sum + part.doneBytes, 0);
    const totalBytes = parts.reduce((sum, part) => sum + part.totalBytes, 0);
    return { parts, doneBytes, totalBytes };
  }

  #fraction(update: LogUpdate, next: TaskProgress): number | undefined {
    const own = this.#ownFraction(update, next);
    if (this.#things === undefined) return own;
    // How far a job is of which nobody knows the size can't be said.
    if (this.#things === 0) return undefined;
    return Math.min(1, (this.#ended.size + (update.ends !== undefined ? 0 : (own ?? 0))) / this.#things);
  }

  #ownFraction(update: LogUpdate, next: TaskProgress): number | undefined {
    if (update.fraction !== undefined) return Math.min(1, update.fraction);
    const { doneBytes, totalBytes } = next;
    if (doneBytes === undefined || totalBytes === undefined || totalBytes <= 0) return undefined;
    return Math.min(1, doneBytes / totalBytes);
  }
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
