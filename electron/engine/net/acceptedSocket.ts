import { Socket } from 'node:net';

import type { OnRead } from './socketDuplex.ts';

/** What is used of Node's own parts. Not promised by Node: looked at before use, and without it nothing breaks. */
interface Insides {
  _handle?: { readStart?: unknown; useUserBuffer?: unknown; reading?: boolean } | null;
  _server?: unknown;
  server?: unknown;
}

/**
 * Moves an accepted socket's handle into a new socket that reads into our buffers: `net.createServer` offers no
 * `onread` of its own. The server must accept with `pauseOnConnect`. `undefined` where this Node is built otherwise;
 * then the socket works as it is.
 */
export function withOnRead(accepted: Socket, onread: OnRead): Socket | undefined {
  const insides = accepted as unknown as Insides;
  const handle = insides._handle;
  const isKnown = typeof handle?.readStart === 'function' && typeof handle.useUserBuffer === 'function';
  if (!isKnown || handle.reading === true || accepted.destroyed) return undefined;
  const socket = new Socket({ handle, onread, allowHalfOpen: true, pauseOnCreate: true } as object);
  insides._handle = null;
  const moved = socket as unknown as Insides;
  moved.server = insides.server;
  moved._server = insides._server;
  return socket;
}
