import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { AppError } from '../../../shared/base/errors.ts';
import { fileError } from './fileSource.ts';

/** The name that a download has until all of it is there: beside its place, so that it can be renamed in one step. */
export function draftPathOf(path: string, id: string): string {
  return join(dirname(path), `.${basename(path).slice(0, 200)}.${id}.part`);
}

export interface PresentFile {
  readonly sizeBytes: number;
  readonly atMs: number;
}

/** What is at that place already. Throws `invalid` for a folder. */
export async function lookAt(path: string): Promise<PresentFile | undefined> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new AppError('invalid', `${path} is a folder. Name a file in it.`);
    return { sizeBytes: facts.size, atMs: facts.mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError(error, path);
  }
}

/** A file under another name until it is whole: whoever sees it under its own name sees all of it. */
export class DraftFile {
  readonly #path: string;
  readonly #draftPath: string;
  readonly #file: FileHandle;
  #writtenBytes = 0;
  #isOver = false;

  private constructor(path: string, draftPath: string, file: FileHandle) {
    this.#path = path;
    this.#draftPath = draftPath;
    this.#file = file;
  }

  static async create(path: string, draftPath: string): Promise<DraftFile> {
    try {
      await unlink(draftPath).catch(ignoreMissing);
      // Anew, and so through no link that somebody laid there.
      return new DraftFile(path, draftPath, await open(draftPath, 'wx', 0o600));
    } catch (error) {
      throw fileError(error, dirname(path));
    }
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#writtenBytes + done)).bytesWritten;
      }
    } catch (error) {
      throw fileError(error, this.#path);
    }
    this.#writtenBytes += bytes.length;
  }

  /** All of it is on the disk and has its name. `replaces` false: a file that came meanwhile is not lost. */
  async finish(replaces: boolean): Promise<void> {
    try {
      await this.#file.sync();
      await this.#file.close();
      this.#isOver = true;
      if (replaces) await rename(this.#draftPath, this.#path);
      else await nameNew(this.#draftPath, this.#path);
    } catch (error) {
      await unlink(this.#draftPath).catch(ignoreMissing);
      throw fileError(error, this.#path);
    }
  }

  /** Takes away what was written. Safe after `finish`, where it does nothing. */
  async discard(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#file.close();
    await removeDraft(this.#draftPath);
  }
}

/** Of a run that ended in the middle. One that is not there is as good. */
export async function removeDraft(draftPath: string): Promise<void> {
  await unlink(draftPath).catch(ignoreMissing);
}

async function nameNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new AppError('invalid', `${to} came into being meanwhile. Choose another name.`);
    await rename(from, to); // a file system without links, such as FAT
    return;
  }
  await unlink(from);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}
