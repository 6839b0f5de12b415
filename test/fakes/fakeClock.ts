import type { Clock } from '../../shared/base/clock.ts';
import { type Disposable, toDisposable } from '../../shared/base/lifecycle.ts';

interface FakeTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Time that stands still until a test moves it. Timers fire in order, each at its own moment. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs = Date.UTC(2026, 0, 1);
  #order = 0;
  readonly #timers = new Set<FakeTimer>();

  /** Timers that wait: 0 at the end of a test that cleaned up. */
  get timerCount(): number {
    return this.#timers.size;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  timer(ms: number, fn: () => void): Disposable {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), order: this.#order++, fn };
    this.#timers.add(timer);
    return toDisposable(() => this.#timers.delete(timer));
  }

  /** Moves on, firing what comes due on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.fn();
    }
    this.#nowMs = untilMs;
  }

  /** As `advance`, and lets promises settle after every timer. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#timers.delete(next);
      next.fn();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  /** The machine slept: time passed and no timer fired meanwhile. Those due fire now, late. */
  sleep(ms: number): void {
    this.#nowMs += ms;
    this.advance(0);
  }

  /** The wall clock was set. */
  setWall(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs;
  }

  #next(untilMs: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) next = timer;
    }
    return next;
  }
}

/** Lets microtasks and what waits on the event loop right now run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
