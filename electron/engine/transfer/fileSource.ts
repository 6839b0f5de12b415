import { open, stat } from 'node:fs/promises';

import { AppError } from '../../../shared/base/errors.ts';
import { readPageFilePath } from '../../../shared/model/pageFile.ts';
import type { FileReading } from '../deps.ts';

/** Where uploads are read from. Both fail with `not-found`, `forbidden` or `invalid`. */
export type FileSource = FileReading;
/** What a file is now. Two that differ are of different contents. */
export type FileFacts = Awaited<ReturnType<FileReading['look']>>;
/** A file that is open for reading: fills a buffer with what lies at a position, gives how much that was, 0 at the end. */
export type OpenFile = Awaited<ReturnType<FileReading['open']>>;

/** The files of this machine. */
export const localFiles: FileSource = {
  async look(path) {
    try {
      const facts = await stat(path);
      if (!facts.isFile()) throw new AppError('invalid', `${path} is no file.`);
      return { sizeBytes: facts.size, modifiedAtMs: facts.mtimeMs };
    } catch (error) {
      throw fileError(error, path);
    }
  },
  async open(path) {
    try {
      const file = await open(path, 'r');
      return {
        read: async (buffer, position) => (await file.read(buffer, 0, buffer.length, position)).bytesRead,
        close: () => file.close(),
      };
    } catch (error) {
      throw fileError(error, path);
    }
  },
};

/** What the system says of a file, in words. */
export function fileError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new AppError('not-found', `${path} is not there.`);
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('forbidden', `${path} may not be opened by this user.`);
  if (code === 'EISDIR') return new AppError('invalid', `${path} is a folder.`);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('limit', `There is no space left for ${path}.`);
  return new AppError('internal', `${path} could not be used (${code || 'unknown'}).`, {
    retry: 'later',
    cause: error,
  });
}

export function changedError(path: string): AppError {
  const what = readPageFilePath(path)?.name ?? path;
  return new AppError('invalid', `${what} was changed while it was read. Start again when nobody writes to it.`);
}
