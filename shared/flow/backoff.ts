export interface BackoffOptions {
  readonly firstMs?: number;
  readonly maxMs?: number;
  /** 0 inclusive to 1 exclusive. Tests hand in their own. */
  readonly random?: () => number;
}

const factor = 2;

/**
 * Waits between attempts: doubling, each drawn between half and the whole of the step, so that a hundred tunnels that
 * died together do not come back together.
 */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(options: BackoffOptions = {}) {
    this.#firstMs = options.firstMs ?? 500;
    this.#maxMs = options.maxMs ?? 30_000;
    this.#random = options.random ?? Math.random;
  }

  /** How many waits were drawn since the last success. */
  get attempts(): number {
    return this.#attempt;
  }

  nextMs(): number {
    const stepMs = Math.min(this.#maxMs, this.#firstMs * factor ** this.#attempt);
    this.#attempt += 1;
    return Math.round(stepMs * (0.5 + this.#random() / 2));
  }

  /** After a success. */
  reset(): void {
    this.#attempt = 0;
  }
}
