import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { Product } from '../../../shared/model/product.ts';
import { CallbackDoor } from './callbackDoor.ts';
import type { Connection } from './connection.ts';
import { askOpenIdUrl, type Grant, sendOpenIdCode } from './loginSteps.ts';

const EXPIRES_MS = 300_000; // a person signs in at the provider, perhaps with a second factor
const MOST = 8;

export interface OpenIdStart {
  /** Names the half-finished login in the engine; single-use, expires. */
  readonly loginId: string;
  /** For the person's browser. */
  readonly url: string;
  readonly expiresInMs: number;
}

interface HalfLogin<T> {
  readonly about: T;
  readonly connection: Connection;
  readonly product: Product;
  readonly door: CallbackDoor;
  readonly state: string;
  readonly expiry: Disposable;
}

/**
 * Sign-ins that wait for an OpenID provider (PVE wire facts 1.6). Code and state stay here; both questions go to the
 * same node, which keeps its side of it in a file.
 */
export class OpenIdFlow<T> implements Disposable {
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #waiting = new Map<string, HalfLogin<T>>();

  constructor(options: { clock: Clock; newId: () => string }) {
    this.#clock = options.clock;
    this.#newId = options.newId;
  }

  /** The connection belongs to this from here on, unless it fails. */
  async start(
    about: T,
    { connection, product, realm }: { connection: Connection; product: Product; realm: string },
    signal?: AbortSignal,
  ): Promise<OpenIdStart> {
    const oldest = this.#waiting.keys().next();
    if (this.#waiting.size >= MOST && !oldest.done)
      this.#give(oldest.value, new AppError('limit', 'Too many sign-ins are waiting.'));
    const door = await CallbackDoor.open();
    try {
      const { url, state } = await askOpenIdUrl(connection.api, realm, door.redirectUrl, signal);
      door.expect(state);
      const loginId = this.#newId();
      const expiry = this.#clock.timer(EXPIRES_MS, () => this.#give(loginId, expired()));
      this.#waiting.set(loginId, { about, connection, product, door, state, expiry });
      return { loginId, url, expiresInMs: EXPIRES_MS };
    } catch (error) {
      door.dispose();
      throw error;
    }
  }

  /** Waits for the provider's answer and exchanges it for a ticket. Throws `challenge-expired`, `login-failed`. */
  async finish(
    loginId: string,
    signal?: AbortSignal,
  ): Promise<{ readonly about: T; readonly connection: Connection; readonly grant: Grant }> {
    const half = this.#waiting.get(loginId);
    if (!half) throw expired();
    const { about, connection, product, door, state } = half;
    const abort = () => this.#give(loginId, new AppError('aborted', 'The sign-in was given up.'));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const code = await door.code;
      if (!this.#release(loginId)) throw expired(); // another call has it
      const answer = { code, state, redirectUrl: door.redirectUrl };
      return { about, connection, grant: await sendOpenIdCode(connection.api, product, answer, signal) };
    } catch (error) {
      this.#release(loginId);
      connection.dispose();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  dispose(): void {
    for (const loginId of [...this.#waiting.keys()]) this.#give(loginId, new AppError('closed', 'Sluice is ending.'));
  }

  /** Ends it for everybody. */
  #give(loginId: string, error: AppError): void {
    const half = this.#waiting.get(loginId);
    this.#release(loginId);
    half?.door.end(error);
    half?.connection.dispose();
  }

  #release(loginId: string): boolean {
    const half = this.#waiting.get(loginId);
    half?.expiry.dispose();
    return this.#waiting.delete(loginId);
  }
}

const expired = () =>
  new AppError('challenge-expired', 'The identity provider did not answer in time. Start the sign-in again.');
