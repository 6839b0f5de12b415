// The one place where this process listens for local ends.
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

import { AppError } from '../../../shared/base/errors.ts';
import type { Clock } from '../../../shared/base/clock.ts';
import type { FlowWindow } from '../../../shared/flow/readWindow.ts';
import { withOnRead } from './acceptedSocket.ts';
import type { HostPort } from './address.ts';
import { SocketDuplex } from './socketDuplex.ts';
import { SocketIntake } from './socketIntake.ts';
import { SocketReader } from './socketReader.ts';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly address: HostPort }
  | { readonly kind: 'unix'; readonly path: string };

export interface ListenOptions {
  readonly on: ListenAddress;
  /** A window for one connection. `undefined`: there is no room, and it is closed at once. */
  readonly openWindow?: () => FlowWindow | undefined;
  readonly onConnection: (duplex: SocketDuplex) => void;
  /** False: it is closed at once, without a byte. */
  readonly isWelcome?: (socket: Socket) => boolean;
  /** A connection was closed for want of a window. */
  readonly onRefused?: () => void;
  readonly clock?: Clock;
  readonly label: string;
}

export interface Listener {
  /** Where it listens: the port that was free where 0 was asked for. */
  readonly port: number;
  /** Takes no more connections; those it took live on. */
  close(): void;
}

/** Listens. Fails with `busy` where somebody else does, `forbidden`, `unreachable` or `invalid`. */
export function listen(options: ListenOptions): Promise<Listener> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    handleAccepted(socket, options);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, options.on)));
    server.listen(toNode(options.on), () => {
      if (options.on.kind === 'unix') chmodSync(options.on.path, 0o600);
      resolve({ port: portOf(server), close: () => server.close() });
    });
  });
}

function handleAccepted(accepted: Socket, options: ListenOptions): void {
  const { openWindow, onConnection, onRefused, clock, label } = options;
  accepted.on('error', () => {}); // until the duplex listens; it looks at `errored`
  if (options.isWelcome?.(accepted) === false) {
    accepted.destroy();
    return;
  }
  const window = openWindow?.();
  if (openWindow && !window) {
    accepted.destroy();
    onRefused?.();
    return;
  }
  const intake = new SocketIntake(new SocketReader({ window }));
  const moved = withOnRead(accepted, intake.onread);
  const how = moved ? { intake } : { reader: intake.reader };
  onConnection(new SocketDuplex(moved ?? accepted, label, { ...how, ...(clock && { clock }) }));
}

function toNode(on: ListenAddress): { host: string; port: number } | { path: string } {
  return on.kind === 'unix' ? { path: on.path } : { host: on.address.host, port: on.address.port };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function listenError(error: NodeJS.ErrnoException, on: ListenAddress): AppError {
  const place = on.kind === 'unix' ? on.path : `${on.address.host}:${on.address.port}`;
  if (error.code === 'EADDRINUSE') return new AppError('busy', `${place} is in use already. Choose another one.`);
  if (error.code === 'EACCES')
    return new AppError('forbidden', `This user may not listen on ${place}. Choose another one.`);
  return new AppError('invalid', `${place} cannot be listened on (${error.code ?? 'unknown'}). Choose another one.`);
}
