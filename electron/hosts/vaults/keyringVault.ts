import { createRequire } from 'node:module';

import { systemClock } from '../../../shared/base/clock.ts';
import type { Vault, VaultState } from '../../engine/deps.ts';

const SERVICE = 'Sluice';
const TRIAL_MS = 10_000; // a key store that waits for its owner's password longer than this is done without

/** What of `@napi-rs/keyring` is used. It has native parts and may be missing: said here, asked for at run time. */
interface Entry {
  getPassword(signal?: AbortSignal): Promise<string | null>;
  setPassword(password: string, signal?: AbortSignal): Promise<void>;
  deletePassword(signal?: AbortSignal): Promise<boolean>;
}
type EntryClass = new (service: string, user: string, options: { linux: { store: 'secret-service' } }) => Entry;

/** Secrets with the system's key store: Keychain, Credential Manager, or the Secret Service; no other on Linux. */
export class KeyringVault implements Vault {
  readonly state: VaultState = { keeps: 'system', canBeUnprotected: false };
  readonly #Entry: EntryClass;

  constructor(entryClass: EntryClass) {
    this.#Entry = entryClass;
  }

  async read(name: string): Promise<string | undefined> {
    return (await this.#entry(name).getPassword()) ?? undefined;
  }

  async write(name: string, secret: string): Promise<void> {
    await this.#entry(name).setPassword(secret);
  }

  async remove(name: string): Promise<void> {
    await this.#entry(name).deletePassword();
  }

  /** Writes, reads and removes something that is no secret. Rejects where that does not work. */
  async try(): Promise<void> {
    const signal = new AbortController();
    const limit = systemClock.timer(TRIAL_MS, () => signal.abort());
    try {
      const entry = this.#entry('trial');
      await entry.setPassword('works', signal.signal);
      if ((await entry.getPassword(signal.signal)) !== 'works') throw new Error('The key store gave something else.');
      await entry.deletePassword(signal.signal);
    } finally {
      limit.dispose();
    }
  }

  // The kernel's own store, which the library would fall back to, forgets at the end of the session.
  #entry(name: string): Entry {
    return new this.#Entry(SERVICE, name, { linux: { store: 'secret-service' } });
  }
}

/** Undefined where the library or the system has no key store that works. */
export async function openKeyringVault(): Promise<Vault | undefined> {
  try {
    const name = '@napi-rs/keyring'; // not bundled: it is native
    const { AsyncEntry } = createRequire(import.meta.url)(name) as { AsyncEntry: EntryClass };
    const vault = new KeyringVault(AsyncEntry);
    await vault.try();
    return vault;
  } catch {
    return undefined; // memory takes its place, and pages say so
  }
}
