import { Emitter } from '../../../shared/base/event.ts';
import type { Settings } from '../../../shared/model/settings.ts';
import type { VaultState } from '../../../shared/model/vault.ts';
import type { Vault } from '../deps.ts';

type Wish = Pick<Settings, 'keepsSignIns' | 'keepsUnprotected'>;

/**
 * The host's vault as far as the person wants it: with `keepsSignIns` off nothing is left in it, and what is used now
 * stays in memory. Where the system has no key store, a file takes its place only when they said so.
 */
export class PolicyVault implements Vault {
  readonly #below: Vault;
  readonly #used = new Map<string, string>();
  readonly #changed = new Emitter<void>();
  #isKeeping = true;
  #isUnprotected = false;
  #work: Promise<void> = Promise.resolve();

  readonly onChanged = this.#changed.event;

  constructor(below: Vault) {
    this.#below = below;
  }

  get state(): VaultState {
    return this.#below.state;
  }

  /** Resolves when the vault is as they want it. */
  apply({ keepsSignIns = true, keepsUnprotected = false }: Wish): Promise<void> {
    return this.#inTurn(async () => {
      if (keepsUnprotected !== this.#isUnprotected && this.#below.keepUnprotected && this.state.canBeUnprotected) {
        await this.#below.keepUnprotected(keepsUnprotected);
        this.#isUnprotected = keepsUnprotected;
        this.#changed.fire();
      }
      if (keepsSignIns === this.#isKeeping) return;
      this.#isKeeping = keepsSignIns;
      for (const [name, secret] of this.#used) {
        await (keepsSignIns ? this.#below.write(name, secret) : this.#below.remove(name));
      }
    });
  }

  async read(name: string): Promise<string | undefined> {
    await this.#work;
    const secret = this.#used.get(name) ?? (this.#isKeeping ? await this.#below.read(name) : undefined);
    if (secret !== undefined) this.#used.set(name, secret);
    return secret;
  }

  write(name: string, secret: string): Promise<void> {
    this.#used.set(name, secret);
    return this.#inTurn(async () => {
      if (this.#isKeeping && this.#used.get(name) === secret) await this.#below.write(name, secret);
    });
  }

  remove(name: string): Promise<void> {
    this.#used.delete(name);
    return this.#inTurn(() => this.#below.remove(name));
  }

  /** One after the other: what was said last is what is so in the end. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#work.then(work);
    this.#work = turn.catch(() => {}); // the caller is told
    return turn;
  }
}
