import { abortError } from '../../../shared/base/abort.ts';

/** How many may stream from one server at once, so that connections stay for what people wait for. First come, first. */
export class ServerPlaces {
  readonly #most: number;
  readonly #taken = new Map<string, number>();
  readonly #waiting: { readonly serverId: string; readonly go: () => void }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  isFull(serverId: string): boolean {
    return (this.#taken.get(serverId) ?? 0) >= this.#most;
  }

  /** Resolves when there is a place, with what gives it back; once. Rejects with the signal. */
  async take(serverId: string, signal: AbortSignal): Promise<() => void> {
    if (this.isFull(serverId)) await this.#wait(serverId, signal);
    else this.#taken.set(serverId, (this.#taken.get(serverId) ?? 0) + 1);
    let isGiven = false;
    return () => {
      if (!isGiven) this.#give(serverId);
      isGiven = true;
    };
  }

  #wait(serverId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal.removeEventListener('abort', handleAbort);
        const at = this.#waiting.indexOf(waiter);
        if (at >= 0) this.#waiting.splice(at, 1);
      };
      const handleAbort = () => {
        leave();
        reject(abortError(signal));
      };
      const go = () => {
        leave();
        resolve();
      };
      const waiter = { serverId, go };
      if (signal.aborted) return reject(abortError(signal));
      this.#waiting.push(waiter);
      signal.addEventListener('abort', handleAbort, { once: true });
    });
  }

  /** To the one that waited longest, else it is free. */
  #give(serverId: string): void {
    const next = this.#waiting.find((one) => one.serverId === serverId);
    if (next) return next.go();
    const left = (this.#taken.get(serverId) ?? 1) - 1;
    if (left > 0) this.#taken.set(serverId, left);
    else this.#taken.delete(serverId);
  }
}
