import { type Clock, every } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { Backoff } from '../../../shared/flow/backoff.ts';
import type { Grant } from './loginSteps.ts';

const RENEW_AFTER_MS = 60 * 60_000; // half of a ticket's 2 h: a server may be away for an hour
const CHECK_MS = 30_000; // by the wall clock: a timer of an hour would not count the hours a machine slept

export interface TicketKeeperOptions {
  readonly clock: Clock;
  readonly renew: () => Promise<Grant>;
  readonly onRenewed: (grant: Grant) => void;
  /** The server no longer accepts the ticket. */
  readonly onLost: (error: AppError) => void;
}

/**
 * Renews a ticket long before its end, one renewal at a time. A server that can't be reached is asked again; only its
 * own refusal ends the sign-in, never our clock.
 */
export class TicketKeeper implements Disposable {
  readonly #options: TicketKeeperOptions;
  readonly #backoff = new Backoff({ firstMs: 5_000, maxMs: 120_000 });
  readonly #timer: Disposable;
  #issuedAtMs: number;
  #notBeforeMs = 0;
  #renewal: Promise<void> | undefined;
  #disposed = false;

  constructor(options: TicketKeeperOptions, issuedAtMs: number) {
    this.#options = options;
    this.#issuedAtMs = issuedAtMs;
    this.#timer = every(options.clock, CHECK_MS, () => this.check());
  }

  /** Renews where it is time. Called by the timer and after the machine woke up. */
  check(): void {
    const { clock } = this.#options;
    const isDue = clock.wallMs() - this.#issuedAtMs >= RENEW_AFTER_MS;
    if (isDue && clock.nowMs() >= this.#notBeforeMs) void this.renew();
  }

  /** Never rejects: what comes of it is told to `onRenewed` or `onLost`. */
  renew(): Promise<void> {
    this.#renewal ??= this.#renewOnce().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer.dispose();
  }

  async #renewOnce(): Promise<void> {
    const { clock, renew, onRenewed, onLost } = this.#options;
    try {
      const grant = await renew();
      if (this.#disposed) return;
      this.#issuedAtMs = clock.wallMs();
      this.#backoff.reset();
      onRenewed(grant);
    } catch (error) {
      if (this.#disposed) return;
      const known = AppError.from(error);
      if (known.code === 'session-expired') onLost(known);
      else this.#notBeforeMs = clock.nowMs() + this.#backoff.nextMs();
    }
  }
}
