import { AppError } from '../../../shared/base/errors.ts';
import type { ToMain, ToUtility } from '../../../shared/wire/hostMessages.ts';
import type { Vault, VaultState } from '../../engine/deps.ts';

interface Pending {
  readonly resolve: (secret: string | undefined) => void;
  readonly reject: (error: AppError) => void;
}

/** Secrets kept by the main process, which outlives this one. */
export class ParentVault implements Vault {
  #state: VaultState;
  readonly #send: (message: ToMain) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(send: (message: ToMain) => void, state: VaultState) {
    this.#send = send;
    this.#state = state;
  }

  get state(): VaultState {
    return this.#state;
  }

  async keepUnprotected(isAllowed: boolean): Promise<void> {
    await this.#ask((id) => ({ kind: 'vault.keepUnprotected', id, isAllowed }));
    this.#state = { ...this.#state, keeps: isAllowed ? 'unprotected' : 'memory' };
  }

  read(name: string): Promise<string | undefined> {
    return this.#ask((id) => ({ kind: 'vault.read', id, name }));
  }

  async write(name: string, secret: string): Promise<void> {
    await this.#ask((id) => ({ kind: 'vault.write', id, name, secret }));
  }

  async remove(name: string): Promise<void> {
    await this.#ask((id) => ({ kind: 'vault.remove', id, name }));
  }

  handleAnswer(answer: Extract<ToUtility, { kind: 'vault.done' | 'vault.failed' }>): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.kind === 'vault.done') pending?.resolve(answer.secret);
    else pending?.reject(new AppError('internal', `The keychain did not answer: ${answer.message}`));
  }

  #ask(message: (id: number) => ToMain): Promise<string | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send(message(id));
    });
  }
}
