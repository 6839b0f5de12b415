import { Emitter } from '../base/event.ts';

const SHORTEST_MS = 2_000; // who hangs up sooner had another reason than silence
const TOLERANCE_MS = 500;
const TOLERANCE = 0.05;
const MARGIN = 0.6; // of a limit: one lost packet must not matter
const LEAST_HEARTBEAT_MS = 1_000;
const MOST_ADDRESSES = 500; // old ones are forgotten first
const MOMENT_MS = 1_000; // what ends together had one reason: a server that restarts, not silence

interface Experience {
  /** How long it was silent when it was cut last, and when that was. */
  readonly lastMs: number;
  readonly cutAtMs: number;
  /** Learned: cut twice after the same silence. */
  readonly limitMs?: number;
}

/**
 * What silent connections were cut after, by address. Something in between (a proxy, a router) may end them and say
 * nothing; after the second cut at the same silence its limit is known, and heartbeats go below it. A connection that
 * outlives a longer silence proves it wrong, and it is forgotten.
 */
export class IdleLimits {
  readonly #known = new Map<string, Experience>();
  readonly #onChanged = new Emitter<string>();
  /** Fires with the address when a limit was learned, changed or unlearned. */
  readonly onChanged = this.#onChanged.event;

  /** The peer ended a connection that had been silent so long. `atMs`: on any clock that only grows. */
  noteCut(address: string, silentMs: number, atMs: number): void {
    if (silentMs < SHORTEST_MS) return;
    const before = this.#known.get(address);
    if (before && Math.abs(atMs - before.cutAtMs) < MOMENT_MS) return;
    this.#known.delete(address); // the newest is last
    const lasting = before?.limitMs === undefined ? {} : { limitMs: before.limitMs };
    if (!before || !isSame(before.lastMs, silentMs)) {
      return this.#set(address, { ...lasting, lastMs: silentMs, cutAtMs: atMs });
    }
    const limitMs = Math.round(Math.min(before.lastMs, silentMs, before.limitMs ?? Number.POSITIVE_INFINITY));
    this.#set(address, { lastMs: silentMs, cutAtMs: atMs, limitMs });
    if (limitMs !== before.limitMs) this.#onChanged.fire(address);
  }

  /** A connection was silent so long, both ways, and lives. */
  noteSurvived(address: string, silentMs: number): void {
    const before = this.#known.get(address);
    if (!before) return;
    const isWrong = (limitMs: number) => silentMs > limitMs && !isSame(limitMs, silentMs);
    if (before.limitMs !== undefined && isWrong(before.limitMs)) this.forget(address);
    else if (isWrong(before.lastMs)) this.#dropLast(address, before);
  }

  limitMs(address: string): number | undefined {
    return this.#known.get(address)?.limitMs;
  }

  /** The interval to use for an address where `wishedMs` would be used without experience. */
  heartbeatMs(address: string, wishedMs: number): number {
    const limitMs = this.limitMs(address);
    return limitMs === undefined ? wishedMs : Math.min(wishedMs, Math.max(LEAST_HEARTBEAT_MS, limitMs * MARGIN));
  }

  /** Forgets what was learned about an address. */
  forget(address: string): void {
    const before = this.#known.get(address);
    this.#known.delete(address);
    if (before?.limitMs !== undefined) this.#onChanged.fire(address);
  }

  /** What was learned, for keeping. */
  toJson(): Record<string, number> {
    const learned = [...this.#known].flatMap(([address, { limitMs }]) =>
      limitMs === undefined ? [] : [[address, limitMs] as const],
    );
    return Object.fromEntries(learned);
  }

  /** Takes over what was kept. */
  load(kept: Readonly<Record<string, number>>): void {
    for (const [address, limitMs] of Object.entries(kept)) {
      if (limitMs >= SHORTEST_MS) this.#set(address, { lastMs: limitMs, cutAtMs: Number.NEGATIVE_INFINITY, limitMs });
    }
  }

  /** The last cut had another reason than silence; a limit that was learned before stays. */
  #dropLast(address: string, { cutAtMs, limitMs }: Experience): void {
    if (limitMs === undefined) this.#known.delete(address);
    else this.#set(address, { lastMs: limitMs, cutAtMs, limitMs });
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
