import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { safeStorage } from 'electron';
import * as z from 'zod/mini';

const file = z.record(z.string(), z.string());

/** Secrets by name, for the engine in the utility process. */
export interface SecretVault {
  readonly isPersistent: boolean;
  read(name: string): Promise<string | undefined>;
  write(name: string, secret: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/**
 * Kept with the system's key store. Where Electron would encrypt with a password that is in its source (`basic_text`, a
 * Linux without a key store), secrets stay in memory instead and end with the app. Call it after the app is ready.
 */
export function openVault(dataDir: string): SecretVault {
  const isSafe =
    safeStorage.isEncryptionAvailable() &&
    (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text');
  return isSafe ? new FileVault(join(dataDir, 'vault.json')) : new MemoryVault();
}

class MemoryVault implements SecretVault {
  readonly isPersistent = false;
  readonly #secrets = new Map<string, string>();

  read(name: string): Promise<string | undefined> {
    return Promise.resolve(this.#secrets.get(name));
  }

  write(name: string, secret: string): Promise<void> {
    this.#secrets.set(name, secret);
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.#secrets.delete(name);
    return Promise.resolve();
  }
}

class FileVault implements SecretVault {
  readonly isPersistent = true;
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
