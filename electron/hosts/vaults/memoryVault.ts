import type { Vault, VaultState } from '../../engine/deps.ts';

/** Secrets that end with the process. */
export class MemoryVault implements Vault {
  readonly state: VaultState = { keeps: 'memory', canBeUnprotected: false };
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
