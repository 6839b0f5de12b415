import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Socket } from 'node:net';
import tls from 'node:tls';

import { acceptWebSocket } from '../../../electron/engine/net/acceptWebSocket.ts';
import { connectTcp, connectTls, connectUnix } from '../../../electron/engine/net/connector.ts';
import { listen } from '../../../electron/engine/net/listener.ts';
import { upgrade } from '../../../electron/engine/net/openWebSocket.ts';
import { SocketDuplex } from '../../../electron/engine/net/socketDuplex.ts';
import type { Transport } from '../../../electron/engine/net/transport.ts';
import { drip } from '../../support/drip.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { describeDuplex, type DuplexPair } from '../../support/describeDuplex.ts';
import { oneByteAtATime } from '../../support/oneByteAtATime.ts';
import { acceptOne, deferred, listenPlain, testCertificate } from '../../support/sockets.ts';

checkLeaks();

const host = '127.0.0.1';
const bounds = { maxHeldBytes: (1 << 20) + (64 << 10), moreThanTakenBytes: 16 << 20 }; // the kernel took 9 MiB

interface SocketPair {
  readonly a: SocketDuplex;
  readonly b: SocketDuplex;
  dispose(): void;
}

async function tcpPair(): Promise<SocketPair> {
  const server = await acceptOne();
  const a = await connectTcp({ host, port: server.port });
  const b = await server.next;
  return { a, b, dispose: () => server.close() };
}

/** As where this Node would not let us read into our own buffers. */
async function plainPair(): Promise<DuplexPair> {
  const { promise, resolve } = deferred<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const peer = await listenPlain(resolve, server);
  const socket = connect({ host, port: peer.port, allowHalfOpen: true });
  await new Promise((ready) => socket.once('connect', ready));
  const [a, b] = [new SocketDuplex(socket, 'a'), new SocketDuplex(await promise, 'b')];
  return { a, b, ...bounds, dispose: () => peer.close() };
}

async function unixPair(): Promise<SocketPair> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  const path = join(folder, 'end');
  const { promise, resolve } = deferred<SocketDuplex>();
  const listener = await listen({ on: { kind: 'unix', path }, onConnection: resolve, label: 'accepted' });
  const a = await connectUnix({ path });
  const dispose = () => {
    listener.close();
    rmSync(folder, { recursive: true });
  };
  return { a, b: await promise, dispose };
}

async function tlsPair(): Promise<DuplexPair> {
  const { cert, key, ca } = testCertificate();
  const { promise, resolve } = deferred<Socket>();
  const server = tls.createServer({ cert, key, allowHalfOpen: true, pauseOnConnect: true });
  const peer = await listenPlain((socket) => resolve(socket), server);
  const a = await connectTls({ host, port: peer.port, trust: { caPem: ca, isSystemTrusted: false } });
  const b = new SocketDuplex(await promise, 'accepted');
  return { a, b, ...bounds, dispose: () => peer.close() };
}

/** `lay` comes between socket and WebSocket, on both sides. */
async function webSocketPair({ a, b, dispose }: SocketPair, lay = (transport: Transport) => transport) {
  const accepted = acceptWebSocket(lay(b), { authorize: () => undefined });
  const opened = await upgrade(lay(a), { path: '/console', host, scheme: 'http', masking: 'random' });
  return { a: opened, b: await accepted, ...bounds, dispose };
}

describeDuplex('a TCP socket', async () => ({ ...(await tcpPair()), ...bounds }));
describeDuplex('a TCP socket read by data events', plainPair);
describeDuplex('a Unix socket', async () => ({ ...(await unixPair()), ...bounds }));
describeDuplex('a TLS socket', tlsPair);
describeDuplex('a WebSocket', async () => webSocketPair(await tcpPair()));
// On Unix sockets: what the system holds of a TCP connection, 9 MiB, takes a while to be read by the byte.
describeDuplex('a WebSocket whose wire comes one byte at a time', async () => webSocketPair(await unixPair(), drip));
describeDuplex('a socket delivered one byte at a time', async () =>
  oneByteAtATime({ ...(await unixPair()), ...bounds }),
);
