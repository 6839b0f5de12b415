import type { Clock } from '../../../shared/base/clock.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

/**
 * Below the 5 s after which the strictest proxies in use cut a silent connection. It costs some hundred bytes, and only
 * while a session has nothing to ask.
 */
export const DEFAULT_HEARTBEAT_MS = 3_000;

export interface ReaderHeartbeatOptions {
  readonly clock: Clock;
  /** 0: none. */
  readonly periodMs: number;
  /** Sends `GET heartbeat`, and gives the status of its answer; 0 where none came. Never rejects. */
  readonly ask: () => Promise<number>;
  /** What is sent in its place to a server that does not know it. */
  readonly ping: () => void;
}

/**
 * Keeps an idle session alive through proxies (#6373, PBS wire facts 9.4): counted from the last request, whatever its
 * answer. A server of before knows no such path, and notes every unknown one in its task's log: after its first answer
 * 404 it gets HTTP/2's own ping, which is traffic just as well.
 */
export class ReaderHeartbeat implements Disposable {
  readonly #options: ReaderHeartbeatOptions;
  #timer: Disposable | undefined;
  #count = 0;
  #isUnknown = false;
  #isAsking = false;
  #isDisposed = false;

  constructor(options: ReaderHeartbeatOptions) {
    this.#options = options;
    this.#arm();
  }

  get count(): number {
    return this.#count;
  }

  /** A request began or was answered: the count begins anew. */
  moved(): void {
    this.#arm();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer?.dispose();
  }

  #arm(): void {
    this.#timer?.dispose();
    const { clock, periodMs } = this.#options;
    if (this.#isDisposed || periodMs <= 0) return;
    this.#timer = clock.timer(periodMs, () => this.#beat());
  }

  /** Also where an answer takes its time: what waits for a slow disk of the server is silent too. */
  #beat(): void {
    this.#count += 1;
    this.#arm();
    if (this.#isUnknown || this.#isAsking) return this.#options.ping();
    this.#isAsking = true;
    void this.#options.ask().then((status) => {
      this.#isAsking = false;
      this.#isUnknown ||= status === 404;
    });
  }
}
