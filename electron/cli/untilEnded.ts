const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that is aborted when the process is told to end, or `outer` is. Signals that come again change nothing: npm
 * passes on what the whole process group got already, and what was started ends in bounded time anyway.
 */
export function endSignal(outer?: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const end = () => controller.abort();
  for (const name of endings) process.on(name, end);
  if (outer?.aborted) end();
  outer?.addEventListener('abort', end, { once: true });
  return controller.signal;
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
