// The two ends around a relay: servers and clients of plain Node.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const host = '127.0.0.1';

/** Listens on a free port, or on a Unix socket; `close` ends all its connections. */
export function listen(onConnection, path) {
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const ready = () => resolve({ port: server.address().port, close });
    if (path) server.listen(path, ready);
    else server.listen(0, host, ready);
  });
}

/** Connected, and not reading. */
export function open(where) {
  const socket = connect(typeof where === 'string' ? { path: where } : { host, port: where });
  socket.pause();
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.on('error', reject); // after the connect nobody listens: the end of the stream says enough
  });
}

/** Writes `next()` whenever the other side takes it, until that is undefined: then it ends the stream. */
export function pour(socket, next) {
  const write = () => {
    for (;;) {
      if (socket.destroyed) return;
      const chunk = next();
      if (chunk === undefined) return socket.end();
      if (!socket.write(chunk)) return;
    }
  };
  socket.on('drain', write);
  write();
}

/** A folder that is gone with the check. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'sluice-stress-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Polls until it is so; `false` after `mostMs`. */
export async function waitFor(isSo, mostMs) {
  const untilMs = performance.now() + mostMs;
  while (!isSo()) {
    if (performance.now() > untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
