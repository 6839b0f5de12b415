import { type Clock, systemClock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';
import type { Pulse } from '../../../shared/flow/heartbeat.ts';
import type { TcpState } from '../net/tcpState.ts';
import { LineSweep, type Swept } from './lineSweep.ts';

const LOOKS = 5; // a heartbeat
const LATE_AFTER = 1.2; // heartbeats of silence, one look less than is promised
const DEAD_AFTER = 2.6;
const LEAST_RESENDS = 3; // in a row: one or two happen on any bad line
const MOST_PROBES = 1; // unanswered: one may be under way
const OVERDUE = 0.25; // heartbeats: our own look came that late, so this machine slept or was overloaded

export interface Line {
  /** What the system waits for, as it was at most `maxAgeMs` ago. `undefined`: for nothing, as far as is known. */
  tcpState(maxAgeMs: number): TcpState | undefined;
}

export interface LineWatchOptions {
  readonly heartbeatMs: number;
  readonly line: Line;
  /** `alive` is told again after `late`; `dead` is the last word. */
  readonly onPulse: (pulse: Pulse) => void;
  readonly clock?: Clock;
}

/**
 * Finds a dead peer below a protocol that is not ours to speak, by what the system knows: bytes that it sends again and
 * again, and probes, which nobody acknowledges. A peer that takes nothing because it is busy has a closed window and
 * answers its probes: it lives. The system by itself goes on for a quarter of an hour where bytes are under way.
 */
export class LineWatch implements Disposable, Swept {
  readonly #options: LineWatchOptions;
  readonly #clock: Clock;
  readonly #sweep: LineSweep;
  #before: TcpState | undefined;
  #pulse: Pulse = 'alive';
  /** When it was last known that the peer's system answers. */
  #goodAtMs: number;

  constructor(options: LineWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#goodAtMs = this.#clock.nowMs();
    this.#sweep = LineSweep.of(this.#clock, options.heartbeatMs / LOOKS);
    this.#sweep.add(this);
  }

  /** Something came from the peer. Cheap enough for every chunk. */
  heard(): void {
    this.#goodAtMs = this.#clock.nowMs();
  }

  dispose(): void {
    this.#sweep.delete(this);
  }

  handleSweep(overdueMs: number): void {
    const { heartbeatMs, line } = this.#options;
    const nowMs = this.#clock.nowMs();
    const state = line.tcpState(heartbeatMs / LOOKS / 2);
    const wasAsleep = overdueMs > heartbeatMs * OVERDUE;
    if (wasAsleep || isAnswered(state, this.#before)) this.#goodAtMs = nowMs;
    this.#before = state;
    this.#judge((nowMs - this.#goodAtMs) / heartbeatMs, state);
  }

  #judge(silence: number, state: TcpState | undefined): void {
    if (silence >= DEAD_AFTER && isSure(state)) {
      this.dispose();
      this.#setPulse('dead');
    } else {
      this.#setPulse(silence >= LATE_AFTER || isProbedInVain(state) ? 'late' : 'alive');
    }
  }

  #setPulse(pulse: Pulse): void {
    if (this.#pulse === pulse) return;
    this.#pulse = pulse;
    this.#options.onPulse(pulse);
  }
}

/** Nothing shows that the peer's system is gone, or something that it has answered since the look before. */
function isAnswered(state: TcpState | undefined, before: TcpState | undefined): boolean {
  if (state?.waitsFor === 'resent') {
    if (before?.waitsFor !== 'resent') return false;
    return state.resends < before.resends || state.queuedBytes < before.queuedBytes;
  }
  return state === undefined || state.probes <= MOST_PROBES;
}

/** Keepalive begins after a heartbeat of silence, so what it does not hear is late already; the system ends it. */
function isProbedInVain(state: TcpState | undefined): boolean {
  return state?.waitsFor === 'keepalive' && state.probes > MOST_PROBES;
}

const isSure = (state: TcpState | undefined) => state?.waitsFor !== 'resent' || state.resends >= LEAST_RESENDS;
