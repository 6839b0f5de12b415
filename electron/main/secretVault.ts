import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safeStorage } from 'electron';
import * as z from 'zod/mini';

import type { ToUtility } from '../../shared/wire/hostMessages.ts';

const file = z.record(z.string(), z.string());

/** Secrets by name, for the engine in the utility process. */
export interface SecretVault {
  readonly state: Extract<ToUtility, { kind: 'start' }>['vault'];
  keepUnprotected(isAllowed: boolean): Promise<void>;
  read(name: string): Promise<string | undefined>;
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/**
 * Kept with the system's key store. Where Electron would encrypt with a password that is in its source (`basic_text`, a
 * Linux without a key store), secrets stay in memory and end with the app, unless the person says that the file will
 * do. Call it after the app is ready.
 */
export function openVault(dataDir: string): SecretVault {
  const isPlain = process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text';
  const isSafe = safeStorage.isEncryptionAvailable() && !isPlain;
  return new ChosenVault(new FileVault(join(dataDir, 'vault.json')), isSafe, isPlain);
}

class ChosenVault implements SecretVault {
  readonly #file: FileVault;
  readonly #memory = new Map<string, string>();
  readonly #isSafe: boolean;
  readonly #canBePlain: boolean;
  #usesFile: boolean;

  constructor(file: FileVault, isSafe: boolean, canBePlain: boolean) {
    this.#file = file;
    this.#isSafe = isSafe;
    this.#canBePlain = canBePlain;
    this.#usesFile = isSafe;
  }

  get state(): SecretVault['state'] {
    const keeps = this.#isSafe ? 'system' : this.#usesFile ? 'unprotected' : 'memory';
    return { keeps, canBeUnprotected: !this.#isSafe && this.#canBePlain };
  }

  /** What is in use moves along; what is no longer to be in the file is not left in it. */
  async keepUnprotected(isAllowed: boolean): Promise<void> {
    if (!this.state.canBeUnprotected || this.#usesFile === isAllowed) return;
    this.#usesFile = isAllowed;
    safeStorage.setUsePlainTextEncryption(true); // to write with, and to empty what was written
    if (isAllowed) for (const [name, secret] of this.#memory) await this.#file.write(name, secret);
    else await this.#file.clear();
  }

  async read(name: string): Promise<string | undefined> {
    return this.#memory.get(name) ?? (this.#usesFile ? await this.#file.read(name) : undefined);
  }

  async write(name: string, secret: string): Promise<void> {
    if (!this.#isSafe) this.#memory.set(name, secret);
    if (this.#usesFile) await this.#file.write(name, secret);
  }

  async remove(name: string): Promise<void> {
    this.#memory.delete(name);
    if (this.#usesFile) await this.#file.remove(name);
  }
}

class FileVault {
  readonly #path: string;
  /** One change after the other, so that none is lost. */
  #changes: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async read(name: string): Promise<string | undefined> {
    await this.#changes;
    const sealed = (await this.#load())[name];
    return sealed === undefined ? undefined : safeStorage.decryptString(Buffer.from(sealed, 'base64'));
  }

  write(name: string, secret: string): Promise<void> {
    const sealed = safeStorage.encryptString(secret).toString('base64');
    return this.#change((secrets) => ({ ...secrets, [name]: sealed }));
  }

  remove(name: string): Promise<void> {
    return this.#change((secrets) => Object.fromEntries(Object.entries(secrets).filter(([key]) => key !== name)));
  }

  clear(): Promise<void> {
    return this.#change(() => ({}));
  }

  #change(edit: (secrets: Record<string, string>) => Record<string, string>): Promise<void> {
    const change = this.#changes.then(async () => {
      const text = JSON.stringify(edit(await this.#load()));
      await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    });
    this.#changes = change.catch(() => undefined); // the caller was told; later changes go on
    return change;
  }

  async #load(): Promise<Record<string, string>> {
    try {
      return z.parse(file, JSON.parse(await readFile(this.#path, 'utf8')));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code !== 'ENOENT') throw error;
      return {}; // none yet, or not ours: secrets can be asked for again
    }
  }
}
