import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import type { Disposable } from '../../../shared/base/lifecycle.ts';

export const closedError = () => new AppError('closed', 'The connection to the cluster was closed.');

/** The one deadline and the signal of a request, over both of its tries. */
export class RequestGuard {
  ended: AppError | undefined;
  #onEnd: ((error: AppError) => void) | undefined;
  readonly #timer: Disposable;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.end(new AppError('aborted', 'The request was given up.'));

  constructor(clock: Clock, request: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }) {
    this.#timer = clock.timer(request.timeoutMs, () =>
      this.end(new AppError('timeout', 'The server did not answer in time.', { retry: 'later' })),
    );
    this.#signal = request.signal;
    if (this.#signal?.aborted) this.#onAbort();
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The one listener; called at once when it has ended already. */
  onEnd(listener: ((error: AppError) => void) | undefined): void {
    this.#onEnd = listener;
    if (this.ended) listener?.(this.ended);
  }

  end(error: AppError): void {
    if (this.ended) return;
    this.ended = error;
    this.#onEnd?.(error);
  }

  /** No deadline from here on: the answer has begun. */
  disarm(): void {
    this.#timer.dispose();
  }

  dispose(): void {
    this.#onEnd = undefined;
    this.#timer.dispose();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
