import { AppError } from '../../../shared/base/errors.ts';
import type { HttpAnswer, HttpRequest, RequestPool, StreamAnswer, StreamRequest } from '../api/httpTypes.ts';
import type { Connection } from './connection.ts';

/** What a node that is gone or hangs looks like from here. */
const awayCodes = ['refused', 'unreachable', 'name-not-found', 'reset', 'timeout'];

export const isAway = (error: unknown): boolean => error instanceof AppError && awayCodes.includes(error.code);

export interface MovingPoolOptions {
  /** The connection of the moment. Throws where nothing may be sent. */
  readonly current: () => Connection;
  /** Finds another node than this one; true where there is one now. */
  readonly elsewhere: (from: Connection) => Promise<boolean>;
}

/**
 * Requests to whichever node of a cluster answers. Only a GET moves to another one, once; everything else may have been
 * done where it was sent, and fails there.
 */
export class MovingPool implements RequestPool {
  readonly #options: MovingPoolOptions;

  constructor(options: MovingPoolOptions) {
    this.#options = options;
  }

  request(request: HttpRequest): Promise<HttpAnswer> {
    return this.#send(request, (connection) => connection.pool.request(request));
  }

  stream(request: StreamRequest): Promise<StreamAnswer> {
    return this.#send(request, (connection) => connection.pool.stream(request));
  }

  async #send<T>(
    { method, signal }: Pick<HttpRequest, 'method' | 'signal'>,
    send: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { current, elsewhere } = this.#options;
    const from = current();
    try {
      return await send(from);
    } catch (error) {
      if (method !== 'GET' || !isAway(error) || signal?.aborted) throw error;
      if (!(await elsewhere(from))) throw error;
      return await send(current());
    }
  }
}
