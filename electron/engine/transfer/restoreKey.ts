import { readFile, stat } from 'node:fs/promises';

import { AppError } from '../../../shared/base/errors.ts';
import { type KeyFile, parseKeyFile } from '../../../shared/codec/pbs/keyFile.ts';
import { fileError } from './fileSource.ts';

const MOST_KEY_FILE_BYTES = 64 << 10; // some 500 bytes by its nature

/** Reads a key file of this machine. Fails with `invalid` where it is none, and as files do. What it says stays here. */
export async function readKeyFile(path: string): Promise<KeyFile> {
  try {
    const facts = await stat(path);
    if (!facts.isFile() || facts.size > MOST_KEY_FILE_BYTES) throw noKeyFile(path);
    return parseKeyFile(await readFile(path, 'utf8'));
  } catch (error) {
    throw error instanceof AppError ? error : fileError(error, path);
  }
}

function noKeyFile(path: string): AppError {
  return new AppError('invalid', `${path} is no key file. Choose the one that the backup was made with.`);
}
