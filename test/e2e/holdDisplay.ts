import { connect } from 'node:net';

/**
 * Keeps one client on the X server for the whole run. A server without clients starts over, as Xvfb does between two
 * tests, and an Electron that comes at that moment waits in vain for its answer. Where the server wants a password of
 * us (a person's desktop), it has clients of its own.
 */
export default function holdDisplay(): (() => void) | undefined {
  const number = /^:(\d+)/.exec(process.env['DISPLAY'] ?? '')?.[1];
  if (process.platform !== 'linux' || number === undefined) return undefined;
  const socket = connect(`/tmp/.X11-unix/X${number}`);
  socket.on('error', () => undefined); // no such server: the tests will say so
  // Connection setup of the X11 protocol, version 11.0: little-endian, no authorization.
  socket.write(Uint8Array.of(0x6c, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  socket.resume();
  socket.unref();
  return () => socket.destroy();
}
