import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

/** By product: Proxmox VE itself forgets after 2 minutes (PVE wire facts 1.2), the others after 10 (9.1). */
export const CHALLENGE_MS = { pve: 110_000, pbs: 300_000, pdm: 300_000 } as const;
const MOST = 32; // half-finished logins; more than any person has

interface Entry<T> {
  readonly value: T;
  readonly expiry: Disposable;
}

/** Half-finished logins by a name that can't be guessed. Each can be taken once, and only for a while. */
export class Challenges<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #discard: (value: T) => void;

  constructor(options: { clock: Clock; newId: () => string; discard: (value: T) => void }) {
    this.#clock = options.clock;
    this.#newId = options.newId;
    this.#discard = options.discard;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(value: T, expiresInMs: number): string {
    const oldest = this.#entries.keys().next();
    if (this.#entries.size >= MOST && !oldest.done) this.#drop(oldest.value);
    const id = this.#newId();
    this.#entries.set(id, { value, expiry: this.#clock.timer(expiresInMs, () => this.#drop(id)) });
    return id;
  }

  /** Takes it away: a second answer finds nothing. Throws `challenge-expired`. */
  take(id: string): T {
    const entry = this.#entries.get(id);
    if (!entry)
      throw new AppError('challenge-expired', 'This sign-in was left unfinished for too long. Start it again.');
    this.#entries.delete(id);
    entry.expiry.dispose();
    return entry.value;
  }

  dispose(): void {
    for (const id of [...this.#entries.keys()]) this.#drop(id);
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    entry?.expiry.dispose();
    if (entry) this.#discard(entry.value);
  }
}
