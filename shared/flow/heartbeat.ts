import { type Clock, systemClock } from '../base/clock.ts';
import type { Disposable } from '../base/lifecycle.ts';

const lateAfter = 1.4; // intervals of silence: the ping after one interval went unanswered for 0.4
const deadAfter = 2.8; // a second ping went unanswered, too
const overdueAfter = 0.25; // intervals: our own timer came that late, so this machine slept or was overloaded

export type Pulse = 'alive' | 'late' | 'dead';

export interface HeartbeatOptions {
  readonly intervalMs: number;
  /** Verdicts never come sooner than with this interval, however often pings are sent. Default: `intervalMs`. */
  readonly patienceMs?: number;
  readonly clock?: Clock;
  /** Sends the strongest sign of life the protocol has. */
  readonly ping: () => void;
  /** `alive` is told again after `late`; `dead` is the last word. */
  readonly onPulse: (pulse: Pulse) => void;
  /** Asked before `dead`: true where something else shows that the peer lives. It stays `late` then. */
  readonly isExcused?: () => boolean;
}

/**
 * Keeps a quiet connection alive and finds out when the peer is gone. `late` comes before `dead`, and neither comes
 * while our own reading is paused (no answer can be seen then; the pings go on, as a failing write is the only news),
 * nor because our own timers came late.
 */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  readonly #clock: Clock;
  #intervalMs: number;
  #timer: Disposable | undefined;
  #pulse: Pulse = 'alive';
  #isPaused = false;
  #isRunning = false;
  /** Silence counts from here: last sign of life, end of a pause, or waking up. */
  #sinceMs = 0;
  #heardAtMs = 0;
  #sentAtMs = 0;
  #lastPingAtMs = 0;
  /** When the ping was sent whose answer is awaited. */
  #pingedAtMs: number | undefined;
  #roundTripMs: number | undefined;
  #dueAtMs = 0;
  /** Until when a check waits. */
  #answerDueMs: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs;
    this.#clock = options.clock ?? systemClock;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** From now on. A shorter one may make a ping due at once, never a verdict: the peer has a full interval. */
  setInterval(ms: number): void {
    if (ms === this.#intervalMs) return;
    this.#intervalMs = ms;
    this.#forgive();
    if (this.#isRunning) this.#arm();
  }

  get pulse(): Pulse {
    return this.#pulse;
  }

  /** For how long nothing has gone either way, pings included. */
  get quietMs(): number {
    return this.#clock.nowMs() - Math.max(this.#heardAtMs, this.#sentAtMs, this.#lastPingAtMs);
  }

  /** Of the last answered ping. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  start(): void {
    if (this.#isRunning || this.#pulse === 'dead') return;
    this.#isRunning = true;
    const nowMs = this.#clock.nowMs();
    this.#sinceMs = nowMs;
    this.#heardAtMs = nowMs;
    this.#sentAtMs = nowMs;
    this.#lastPingAtMs = nowMs;
    this.#arm();
  }

  /** Anything came from the peer. Cheap enough for every chunk. */
  heard(): void {
    this.#heardAtMs = this.#clock.nowMs();
    this.#sinceMs = this.#heardAtMs;
    this.#answerDueMs = undefined;
    if (this.#pulse !== 'late') return;
    this.#setPulse('alive');
    if (this.#isRunning) this.#arm();
  }

  /** The answer to a ping came. */
  answered(): void {
    if (this.#pingedAtMs !== undefined) this.#roundTripMs = this.#clock.nowMs() - this.#pingedAtMs;
    this.#pingedAtMs = undefined;
    this.heard();
  }

  /**
   * Asks now and waits for an answer only so long: something happened that may have cut the connection without a word,
   * such as a change of networks. Nothing while reading is paused.
   */
  check(withinMs: number): void {
    if (!this.#isRunning || this.#isPaused) return;
    const nowMs = this.#clock.nowMs();
    this.#answerDueMs = nowMs + withinMs;
    this.#ping(nowMs);
    if (this.#isRunning) this.#arm();
  }

  /** We sent something else than a ping. Who never calls it gets a ping every interval. */
  sent(): void {
    this.#sentAtMs = this.#clock.nowMs();
  }

  /** Our reading stops: silence means nothing from now on. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#answerDueMs = undefined;
    if (this.#isRunning) this.#arm();
  }

  /** Our reading goes on: the peer has a full interval before anything is held against it. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#forgive();
    if (this.#isRunning) this.#arm();
  }

  dispose(): void {
    this.#isRunning = false;
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #forgive(): void {
    this.#sinceMs = this.#clock.nowMs();
    this.#pingedAtMs = undefined;
    this.#answerDueMs = undefined;
  }

  /** Pings when one direction was quiet for an interval: some proxies count each direction by itself. */
  #pingDueMs(): number {
    const quietSinceMs = Math.min(this.#heardAtMs, this.#sentAtMs);
    return Math.max(quietSinceMs, this.#lastPingAtMs) + this.#intervalMs;
  }

  #nextVerdictMs(): number {
    if (this.#isPaused) return Number.POSITIVE_INFINITY;
    const patienceMs = Math.max(this.#intervalMs, this.#options.patienceMs ?? 0);
    const usualMs = this.#sinceMs + patienceMs * (this.#pulse === 'alive' ? lateAfter : deadAfter);
    return Math.min(usualMs, this.#answerDueMs ?? Number.POSITIVE_INFINITY);
  }

  #arm(): void {
    this.#timer?.dispose();
    this.#dueAtMs = Math.min(this.#pingDueMs(), this.#nextVerdictMs());
    this.#timer = this.#clock.timer(Math.max(1, this.#dueAtMs - this.#clock.nowMs()), () => this.#handleTimer());
  }

  #handleTimer(): void {
    const nowMs = this.#clock.nowMs();
    const wasAsleep = nowMs - this.#dueAtMs > this.#intervalMs * overdueAfter;
    if (wasAsleep) this.#forgive();
    if (wasAsleep || nowMs >= this.#pingDueMs()) this.#ping(nowMs);
    if (this.#isRunning) this.#judge(nowMs);
    if (this.#isRunning) this.#arm();
  }

  #ping(nowMs: number): void {
    this.#pingedAtMs = nowMs;
    this.#lastPingAtMs = nowMs;
    this.#options.ping();
  }

  #judge(nowMs: number): void {
    if (nowMs < this.#nextVerdictMs()) return;
    const isUnanswered = this.#answerDueMs !== undefined && nowMs >= this.#answerDueMs;
    if (this.#pulse === 'alive') {
      this.#setPulse('late');
      if (!isUnanswered || !this.#isRunning) return;
    }
    if (this.#options.isExcused?.()) return this.#forgive();
    this.dispose();
    this.#setPulse('dead');
  }

  #setPulse(pulse: Pulse): void {
    this.#pulse = pulse;
    this.#options.onPulse(pulse);
  }
}
