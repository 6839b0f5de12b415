const SHORTEST_MS = 2_000; // who hangs up sooner had another reason than silence
const TOLERANCE_MS = 500;
const TOLERANCE = 0.05;
const MARGIN = 0.6; // of a limit: one lost packet must not matter
const LEAST_HEARTBEAT_MS = 1_000;
const MOST_ADDRESSES = 500; // old ones are forgotten first

interface Experience {
  /** How long it was silent when it was cut last. */
  readonly lastMs: number;
  /** Learned: cut twice after the same silence. */
  readonly limitMs?: number;
}

/**
 * What silent connections were cut after, by address. Something in between (a proxy, a router) may end them and say
 * nothing; after the second cut at the same silence its limit is known, and heartbeats go below it.
 */
export class IdleLimits {
  readonly #known = new Map<string, Experience>();
  #onLearned: (() => void) | undefined;

  /** Called when something was learned that is worth keeping. */
  onLearned(listener: () => void): void {
    this.#onLearned = listener;
  }

  /** The peer ended a connection that had been silent so long. */
  noteCut(address: string, silentMs: number): void {
    if (silentMs < SHORTEST_MS) return;
    const before = this.#known.get(address);
    this.#known.delete(address); // the newest is last
    if (!before || !isSame(before.lastMs, silentMs)) {
      this.#set(address, { ...before, lastMs: silentMs });
      return;
    }
    const limitMs = Math.min(before.lastMs, silentMs, before.limitMs ?? Number.POSITIVE_INFINITY);
    this.#set(address, { lastMs: silentMs, limitMs });
    if (limitMs !== before.limitMs) this.#onLearned?.();
  }

  limitMs(address: string): number | undefined {
    return this.#known.get(address)?.limitMs;
  }

  /** The interval to use for an address where `wishedMs` would be used without experience. */
  heartbeatMs(address: string, wishedMs: number): number {
    const limitMs = this.limitMs(address);
    return limitMs === undefined ? wishedMs : Math.min(wishedMs, Math.max(LEAST_HEARTBEAT_MS, limitMs * MARGIN));
  }

  /** Forgets what was learned about an address, or everything. */
  forget(address?: string): void {
    if (address === undefined) this.#known.clear();
    else this.#known.delete(address);
  }

  /** What was learned, for keeping. */
  toJson(): Record<string, number> {
    const learned = [...this.#known].flatMap(([address, { limitMs }]) =>
      limitMs === undefined ? [] : [[address, Math.round(limitMs)] as const],
    );
    return Object.fromEntries(learned);
  }

  /** Takes over what was kept. */
  load(kept: Readonly<Record<string, number>>): void {
    for (const [address, limitMs] of Object.entries(kept)) {
      if (limitMs >= SHORTEST_MS) this.#set(address, { lastMs: limitMs, limitMs });
    }
  }

  #set(address: string, experience: Experience): void {
    this.#known.set(address, experience);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_ADDRESSES && oldest !== undefined) this.#known.delete(oldest);
  }
}

function isSame(aMs: number, bMs: number): boolean {
  return Math.abs(aMs - bMs) <= Math.max(TOLERANCE_MS, TOLERANCE * Math.max(aMs, bMs));
}
