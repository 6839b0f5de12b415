import type { AppError } from '../../../shared/base/errors.ts';

/** Something that may end a wait early. */
export interface WaitGuard {
  readonly ended: AppError | undefined;
  onEnd(listener: ((error: AppError) => void) | undefined): void;
}

interface Waiter {
  readonly isBackground: boolean;
  readonly go: () => void;
}

/** Counts how many requests may run at once. Background ones have a smaller limit and go after the others. */
export class Slots {
  readonly #limit: number;
  readonly #backgroundLimit: number;
  #taken = 0;
  #takenByBackground = 0;
  readonly #waiting: Waiter[] = [];

  constructor(limit: number, backgroundLimit: number) {
    this.#limit = limit;
    this.#backgroundLimit = backgroundLimit;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Rejects with the guard's error when that ends first. */
  take(isBackground: boolean, guard: WaitGuard): Promise<void> {
    if (guard.ended) return Promise.reject(guard.ended);
    if (this.#mayGo(isBackground)) {
      this.#count(isBackground, 1);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        isBackground,
        go: () => {
          guard.onEnd(undefined);
          resolve();
        },
      };
      this.#waiting.push(waiter);
      guard.onEnd((error) => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(error);
      });
    });
  }

  give(isBackground: boolean): void {
    this.#count(isBackground, -1);
    for (const wanted of [false, true]) {
      const index = this.#waiting.findIndex((waiter) => waiter.isBackground === wanted);
      const waiter = this.#waiting[index];
      if (!waiter || !this.#mayGo(wanted)) continue;
      this.#waiting.splice(index, 1);
      this.#count(wanted, 1);
      waiter.go();
      return;
    }
  }

  #mayGo(isBackground: boolean): boolean {
    if (this.#taken >= this.#limit) return false;
    return !isBackground || this.#takenByBackground < this.#backgroundLimit;
  }

  #count(isBackground: boolean, by: number): void {
    this.#taken += by;
    if (isBackground) this.#takenByBackground += by;
  }
}
