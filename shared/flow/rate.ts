import { type Clock, systemClock } from '../base/clock.ts';

const slots = 12;

/** Bytes a second over the last few seconds. Arms no timer; costs a few additions a chunk. */
export class Rate {
  readonly #clock: Clock;
  readonly #slotMs: number;
  readonly #bytes = new Float64Array(slots);
  readonly #startedAtMs: number;
  #slot: number;

  /** `windowMs`: how far back it looks. */
  constructor(clock: Clock = systemClock, windowMs = 3000) {
    this.#clock = clock;
    this.#slotMs = windowMs / slots;
    this.#startedAtMs = clock.nowMs();
    this.#slot = this.#slotNow();
  }

  add(bytes: number): void {
    this.#forget();
    this.#bytes[this.#slot % slots] = (this.#bytes[this.#slot % slots] ?? 0) + bytes;
  }

  get bytesPerSecond(): number {
    this.#forget();
    const nowMs = this.#clock.nowMs();
    const oldestMs = Math.max(this.#startedAtMs, (this.#slot - slots + 1) * this.#slotMs);
    const spanMs = Math.max(this.#slotMs, nowMs - oldestMs); // the first moments give no wild numbers
    let sum = 0;
    for (const bytes of this.#bytes) sum += bytes;
    return (sum * 1000) / spanMs;
  }

  #slotNow(): number {
    return Math.floor(this.#clock.nowMs() / this.#slotMs);
  }

  #forget(): void {
    const now = this.#slotNow();
    const passed = Math.min(slots, now - this.#slot);
    for (let n = 1; n <= passed; n += 1) this.#bytes[(now - passed + n) % slots] = 0;
    this.#slot = now;
  }
}
