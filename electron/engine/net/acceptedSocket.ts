import { Socket } from 'node:net';

import type { OnRead } from './socketIntake.ts';

/** What is used of Node's own parts. Not promised by Node: looked at before use, and without it nothing breaks. */
interface Insides {
  _handle?: { readStart?: unknown; useUserBuffer?: (buffer: Buffer) => void; reading?: boolean } | null;
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

/** True where `readInto` works. */
export function canReadInto(socket: Socket): boolean {
  return typeof (socket as unknown as Insides)._handle?.useUserBuffer === 'function';
}

/** Makes a socket with `onread` read into another buffer from now on. */
export function readInto(socket: Socket, buffer: Buffer): void {
  // biome-ignore lint/correctness/useHookAtTopLevel: a method of Node's handle, not a hook of React
  (socket as unknown as Insides)._handle?.useUserBuffer?.(buffer);
}
