import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';
import { type Disposable, toDisposable } from './lifecycle.ts';

const nothing = toDisposable(() => undefined);

/** What an aborted call rejects with: the AppError the signal was aborted with, or `aborted`. */
export function abortError(signal: AbortSignal): AppError {
  return signal.reason instanceof AppError ? signal.reason : new AppError('aborted', 'It was given up.');
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** Calls `fn` once when the signal aborts; at once when it has. */
export function onAbort(signal: AbortSignal | undefined, fn: (error: AppError) => void): Disposable {
  if (!signal) return nothing;
  const handle = () => fn(abortError(signal));
  if (signal.aborted) {
    handle();
    return nothing;
  }
  signal.addEventListener('abort', handle, { once: true });
  return toDisposable(() => signal.removeEventListener('abort', handle));
}

/** Settles as the promise does, or rejects when the signal aborts first. What the promise does then is not waited for. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const listening = onAbort(signal, reject);
    promise.then(resolve, reject).finally(() => listening.dispose());
  });
}

/** Resolves after `ms`; rejects when the signal aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortError(signal));
    const timer = clock.timer(ms, () => {
      listening.dispose();
      resolve();
    });
    const listening = onAbort(signal, (error) => {
      timer.dispose();
      reject(error);
    });
  });
}

/** A signal that also aborts with `timeout` after `ms`. Dispose it when the call is over, or its timer stays. */
export function withTimeout(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  error: () => AppError = () => new AppError('timeout', `No answer came within ${ms / 1000} s.`, { retry: 'later' }),
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = clock.timer(ms, () => controller.abort(error()));
  const listening = onAbort(parent, (reason) => controller.abort(reason));
  return {
    signal: controller.signal,
    dispose() {
      timer.dispose();
      listening.dispose();
    },
  };
}
