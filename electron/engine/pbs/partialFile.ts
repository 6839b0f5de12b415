import { constants, type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { AppError } from '../../../shared/base/errors.ts';

export const PARTIAL_ENDING = '.partial';

/** Where a restored archive is written to. */
export interface WriteTarget {
  /** The file is as long as that from now on; what is not written stays a hole of zeros. */
  setSize(bytes: number): Promise<void>;
  write(data: Uint8Array, at: number): Promise<void>;
  /** All of it is on the disk and has its name. */
  finish(): Promise<void>;
  /** Takes away what was written. Safe after `finish`, where it does nothing. */
  discard(): Promise<void>;
  /** Lets go of it and leaves what was written, for another run. Absent where nothing stays. */
  release?(): Promise<void>;
  /** There where bytes of an earlier run may be: reads what is at that place, and gives how much of it is there. */
  readBack?: ((into: Uint8Array, at: number) => Promise<number>) | undefined;
}

export interface PartialFileOptions {
  readonly replaces: boolean;
  /** Default: the name with `.partial` behind it. */
  readonly partialPath?: string;
  /** What an earlier run wrote there stays, to be looked at; else it begins empty. */
  readonly keepsEarlier?: boolean;
}

/**
 * A file under another name until it is whole: whoever sees it under its own name sees all of it. Fails with `invalid`
 * where there is a file already and it may not be replaced, `not-found`, `forbidden`, or `limit` where the disk is full.
 */
export class PartialFile implements WriteTarget {
  readonly #path: string;
  readonly #partialPath: string;
  readonly #replaces: boolean;
  readonly #file: FileHandle;
  readonly readBack: WriteTarget['readBack'];
  #isOver = false;

  private constructor(
    file: FileHandle,
    place: { path: string; partialPath: string; replaces: boolean; isOld: boolean },
  ) {
    this.#path = place.path;
    this.#partialPath = place.partialPath;
    this.#replaces = place.replaces;
    this.#file = file;
    this.readBack = place.isOld ? (into, at) => this.#read(into, at) : undefined;
  }

  static async create(path: string, options: PartialFileOptions): Promise<PartialFile> {
    const { partialPath = `${path}${PARTIAL_ENDING}`, keepsEarlier = false, replaces } = options;
    const isThere = await exists(path);
    if (isThere === 'folder') throw new AppError('invalid', `${path} is a folder. Name a file in it.`);
    if (isThere === 'file' && !options.replaces) throw existsError(path);
    // Never through a link that somebody laid in a folder that all may write to.
    const anew = keepsEarlier ? 0 : constants.O_TRUNC;
    const flags = constants.O_RDWR | constants.O_CREAT | anew | (constants.O_NOFOLLOW ?? 0);
    const file = await told(() => open(partialPath, flags, 0o600), path);
    const isOld = keepsEarlier && (await told(() => file.stat(), path)).size > 0;
    return new PartialFile(file, { path, partialPath, replaces, isOld });
  }

  async setSize(bytes: number): Promise<void> {
    await told(() => this.#file.truncate(bytes), this.#path);
  }

  async write(data: Uint8Array, at: number): Promise<void> {
    await told(async () => {
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await this.#file.write(data, done, data.length - done, at + done);
        done += bytesWritten;
      }
    }, this.#path);
  }

  async finish(): Promise<void> {
    await told(async () => {
      await this.#file.sync();
      await this.#file.close();
      this.#isOver = true;
      await this.#name();
      await syncFolder(dirname(this.#path));
    }, this.#path);
  }

  async discard(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#file.close().catch(ignore);
    await unlink(this.#partialPath).catch(ignore);
  }

  async release(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#file.close().catch(ignore);
  }

  async #read(into: Uint8Array, at: number): Promise<number> {
    return await told(async () => {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await this.#file.read(into, done, into.length - done, at + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    }, this.#path);
  }

  /** Without a moment in which a file that came meanwhile could be lost. */
  async #name(): Promise<void> {
    if (this.#replaces) return await rename(this.#partialPath, this.#path);
    try {
      await link(this.#partialPath, this.#path);
      await unlink(this.#partialPath);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw existsError(this.#path);
      await rename(this.#partialPath, this.#path); // a file system without links, such as FAT
    }
  }
}

async function exists(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskError(error, path);
  }
}

async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows and some network file systems know no such thing; the file itself is on the disk.
  }
}

async function told<T>(run: () => Promise<T>, path: string): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw diskError(error, path);
  }
}

/** What the disk says, in words. */
export function diskError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const said = findings[code];
  if (said) return new AppError(said.code, said.text(path), { cause: error });
  return new AppError('internal', `${path} could not be written${code ? ` (${code})` : ''}. Choose another place.`, {
    cause: error,
  });
}

const findings: Readonly<
  Record<string, { code: 'limit' | 'not-found' | 'forbidden' | 'invalid'; text: (path: string) => string }>
> = {
  ENOSPC: {
    code: 'limit',
    text: (path) => `The disk with ${path} is full. Free space or choose another place, then restore again.`,
  },
  EDQUOT: {
    code: 'limit',
    text: (path) => `Your quota on the disk with ${path} is used up. Choose another place, then restore again.`,
  },
  EFBIG: {
    code: 'limit',
    text: (path) => `The file system of ${path} takes no file as large as this. Choose another place.`,
  },
  ENOENT: { code: 'not-found', text: (path) => `The folder of ${path} does not exist. Make it, or choose another.` },
  ENOTDIR: { code: 'not-found', text: (path) => `The folder of ${path} does not exist. Make it, or choose another.` },
  EACCES: { code: 'forbidden', text: (path) => `${path} may not be written by this user. Choose another place.` },
  EPERM: { code: 'forbidden', text: (path) => `${path} may not be written by this user. Choose another place.` },
  EROFS: { code: 'forbidden', text: (path) => `${path} is on a disk that can only be read. Choose another place.` },
  ELOOP: { code: 'invalid', text: (path) => `${path}${PARTIAL_ENDING} is a link. Remove it, or choose another place.` },
  ENAMETOOLONG: { code: 'invalid', text: (path) => `The name ${path.slice(-60)} is too long. Choose a shorter one.` },
};

function existsError(path: string): AppError {
  return new AppError('invalid', `${path} exists already. Choose another name, or allow to replace it.`, {
    detail: { exists: true },
  });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function ignore(): void {}
