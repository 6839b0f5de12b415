import { sleep } from '../../../shared/base/abort.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import { AppError } from '../../../shared/base/errors.ts';
import { failureOf } from '../../../shared/codec/task/ending.ts';
import type { ApiClient } from '../api/apiClient.ts';
import { taskLogAnswer } from '../api/schemas.ts';

const QUIET_MS = 2_000; // a tunnel that takes longer has most likely lost its worker
const EVERY_MS = 1_000;
const TRIES = 3; // the worker ends a moment after the connection
const TRY_MS = 300;

/** What the task behind a console says went wrong. The server itself says nothing (PVE wire facts 3.1, 4.2). */
export class WorkerLog {
  readonly #api: ApiClient;
  readonly #clock: Clock;
  readonly #node: string;
  readonly #upid: string | undefined;

  constructor(api: ApiClient, clock: Clock, node: string, upid: string | undefined) {
    this.#api = api;
    this.#clock = clock;
    this.#node = node;
    this.#upid = upid;
  }

  /** Asked after a failure: the reason, or nothing. Takes a second at most. */
  async reason(signal?: AbortSignal): Promise<AppError | undefined> {
    for (let turn = 0; turn < TRIES; turn += 1) {
      const found = await this.#look(signal);
      if (found) return found;
      if (turn < TRIES - 1) await sleep(this.#clock, TRY_MS, signal);
    }
    return undefined;
  }

  /** While the connection is silent: rejects as soon as the worker has failed. Resolves never, ends with the signal. */
  async watch(signal: AbortSignal): Promise<never> {
    await sleep(this.#clock, QUIET_MS, signal);
    for (;;) {
      const found = await this.#look(signal);
      if (found) throw found;
      await sleep(this.#clock, EVERY_MS, signal);
    }
  }

  async #look(signal: AbortSignal | undefined): Promise<AppError | undefined> {
    if (this.#upid === undefined) return undefined;
    const path = `/nodes/${encodeURIComponent(this.#node)}/tasks/${encodeURIComponent(this.#upid)}/log`;
    try {
      const lines = await this.#api.get(path, taskLogAnswer, {
        query: { start: 0, limit: 100 },
        timeoutMs: 5_000,
        signal,
      });
      const reason = failureOf(lines.map((line) => line.t));
      return reason === undefined ? undefined : toError(reason);
    } catch (error) {
      // The log explains a failure; that it can't be read must not hide the failure itself.
      if (signal?.aborted) throw error;
      return undefined;
    }
  }
}

function toError(reason: string): AppError {
  if (/not running/.test(reason)) {
    return new AppError('not-running', `The server says: ${reason}. Start the guest, then open its console.`, {
      retry: 'later',
    });
  }
  return new AppError('server', `The server could not open the console: ${reason}`, { retry: 'later' });
}
