import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import { AppError, type ErrorCode } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import { Backoff } from '../../../shared/flow/backoff.ts';

const AT_ONCE = 6; // what a browser asks of one server; a saved layout is back in a second
const TROUBLED_AT_ONCE = 2; // one that hangs must not keep the other from finding out
const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 4_000;
const MOST_WAITING = 512; // twice the channels of a page

/** The address itself has a problem, not what was asked of it. */
const troubles: readonly ErrorCode[] = ['timeout', 'refused', 'unreachable', 'name-not-found', 'reset'];

export interface OpeningGateOptions {
  readonly clock?: Clock;
  /** For the jitter of pauses: 0 inclusive to 1 exclusive. */
  readonly random?: () => number;
}

interface Waiting {
  start(): void;
}

/**
 * Through here goes every attempt to open a tunnel, so that a hundred which died together do not come back together:
 * an address is asked by a few at once, and while it fails by two, with growing pauses between them. One success opens
 * it again. When and how often to try again is the caller's decision; the gate only spreads what comes.
 */
export class OpeningGate {
  readonly #options: OpeningGateOptions;
  readonly #doors = new Map<string, Door>();

  constructor(options: OpeningGateOptions = {}) {
    this.#options = options;
  }

  /**
   * Runs `open` when it is its turn, first come first served. Fails as `open` does, with `aborted` when given up while
   * waiting, and with `busy` when too many wait.
   */
  async run<T>(address: string, signal: AbortSignal, open: () => Promise<T>): Promise<T> {
    const door = this.#doors.get(address) ?? new Door(this.#options);
    this.#doors.set(address, door);
    try {
      await door.enter(signal);
      return await door.watch(open);
    } finally {
      if (door.isIdle) this.#doors.delete(address);
    }
  }

  /** How many wait for their turn at an address. */
  waitingAt(address: string): number {
    return this.#doors.get(address)?.waiting ?? 0;
  }
}

/** The gate of one address. */
class Door {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #isTroubled = false;
  #pause: Disposable | undefined;

  constructor({ clock = systemClock, random }: OpeningGateOptions) {
    this.#clock = clock;
    this.#backoff = new Backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MOST_PAUSE_MS, ...(random && { random }) });
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.size === 0 && !this.#pause && !this.#isTroubled;
  }

  /** Resolves when it is the caller's turn. */
  enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(givenUp());
    if (this.#waiting.size >= MOST_WAITING) {
      const message = 'Too many consoles are being opened at once. Wait for some of them.';
      return Promise.reject(new AppError('busy', message, { retry: 'later' }));
    }
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.delete(waiting);
        reject(givenUp());
      };
      const start = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const waiting = { start };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.add(waiting);
      this.#admit();
    });
  }

  /** Runs an attempt whose turn it is, and learns from its end. */
  async watch<T>(open: () => Promise<T>): Promise<T> {
    try {
      const opened = await open();
      this.#handleSuccess();
      return opened;
    } catch (error) {
      if (isTrouble(error)) this.#handleTrouble();
      throw error;
    } finally {
      this.#running -= 1;
      this.#admit();
    }
  }

  #admit(): void {
    while (!this.#pause && this.#running < (this.#isTroubled ? TROUBLED_AT_ONCE : AT_ONCE)) {
      const [next] = this.#waiting;
      if (!next) return;
      this.#waiting.delete(next);
      this.#running += 1;
      next.start();
    }
  }

  #handleSuccess(): void {
    this.#isTroubled = false;
    this.#backoff.reset();
    this.#pause?.dispose();
    this.#pause = undefined;
  }

  #handleTrouble(): void {
    this.#isTroubled = true;
    if (this.#waiting.size === 0) return; // who comes next was sent by a person, or has waited by itself
    this.#pause ??= this.#clock.timer(this.#backoff.nextMs(), () => {
      this.#pause = undefined;
      this.#admit();
    });
  }
}

/** Where a step is named, the server was there and did not do as asked: its port or guest is gone, not the server. */
function isTrouble(error: unknown): boolean {
  if (!(error instanceof AppError) || !troubles.includes(error.code)) return false;
  return error.detail?.['step'] === undefined || error.code === 'refused' || error.code === 'unreachable';
}

function givenUp(): AppError {
  return new AppError('aborted', 'The console was given up before it was opened.');
}
