import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Duplex, Readable } from 'node:stream';

import { AppError } from '../../../shared/base/errors.ts';
import type { PoolAgent, PoolRequestArgs } from './poolAgent.ts';
import type { RequestGuard } from './requestGuard.ts';

/** What is sent, whoever reads the answer and however. */
export interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is read as fast as the socket takes it; its length is in the headers. */
  readonly body?: Uint8Array | Readable | undefined;
}

/** Everything that one try of a request came to know about itself. */
export interface Attempt<T> {
  readonly wasReused: boolean;
  readonly wasSent: boolean;
  readonly gotBytes: boolean;
  readonly error: unknown;
  /** There where it went well. */
  readonly answer?: T;
}

export interface AttemptOptions<T> {
  readonly agent: PoolAgent;
  /** For the `Host` header. */
  readonly address: string;
  readonly guard: RequestGuard;
  /** Takes no kept socket. */
  readonly fresh: boolean;
  /** Makes of the answer what is wanted. */
  readonly take: (incoming: IncomingMessage) => Promise<T>;
}

/** Sends a request once. Never rejects. */
export function attempt<T>(request: Outgoing, options: AttemptOptions<T>): Promise<Attempt<T>> {
  const { agent, address, fresh } = options;
  const { method, path, body } = request;
  const headers = { Host: address, ...request.headers };
  const args: PoolRequestArgs = { agent, method, path, headers, setHost: false, fresh };
  return new Promise((resolve) => {
    let outgoing: ClientRequest;
    try {
      outgoing = httpRequest(args);
    } catch (error) {
      resolve({ wasReused: false, wasSent: false, gotBytes: false, error });
      return;
    }
    watch(outgoing, options, resolve);
    if (body === undefined || body instanceof Uint8Array) outgoing.end(body);
    else body.pipe(outgoing);
  });
}

function watch<T>(
  outgoing: ClientRequest,
  { guard, take }: AttemptOptions<T>,
  resolve: (result: Attempt<T>) => void,
): void {
  let wasSent = false;
  let gotBytes = false;
  const onBytes = () => {
    gotBytes = true;
  };
  const end = (result: { error: unknown; answer?: T }) => {
    guard.onEnd(undefined);
    resolve({ wasReused: outgoing.reusedSocket, wasSent, gotBytes, ...result });
  };
  const fail = (error: unknown) => {
    end({ error });
    outgoing.destroy();
  };
  outgoing.on('socket', (socket: Duplex) => {
    wasSent = true;
    socket.prependListener('data', onBytes);
    outgoing.once('close', () => socket.removeListener('data', onBytes));
  });
  outgoing.on('error', (error) => fail(guard.ended ?? error));
  outgoing.on('response', (incoming) => {
    take(incoming).then(
      (answer) => end({ error: undefined, answer }),
      (error: unknown) => fail(guard.ended ?? error),
    );
  });
  guard.onEnd(fail);
}

/** What to tell people of a try that brought no answer. */
export function failure(method: string, { error, wasSent }: Attempt<unknown>): AppError {
  const isOurs = error instanceof AppError;
  if (method !== 'GET' && wasSent) {
    return new AppError(
      'outcome-unknown',
      'The server was asked and its answer never came. Look whether it happened before you do it again.',
      { cause: error },
    );
  }
  if (isOurs) return error;
  return socketError(error);
}

/** What Node says when a socket breaks or the peer speaks something else than HTTP. */
function socketError(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) {
    return new AppError('not-proxmox', 'What answers at this address does not speak HTTP.', { cause: error });
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new AppError('reset', 'The server broke the connection.', { retry: 'later', cause: error });
  }
  if (code === 'Z_BUF_ERROR' || code === 'Z_DATA_ERROR') {
    return new AppError('protocol', 'The answer of the server could not be decompressed.', { cause: error });
  }
  return new AppError('reset', 'The connection to the server failed.', { retry: 'later', cause: error });
}
