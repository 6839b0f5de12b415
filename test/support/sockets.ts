import net from 'node:net';
import tls from 'node:tls';

import { createAuthority, issueCertificate } from '../../electron/lab/pki/certificate.ts';
import { listen } from '../../electron/engine/net/listener.ts';
import type { SocketDuplex } from '../../electron/engine/net/socketDuplex.ts';

export interface Peer {
  readonly port: number;
  close(): void;
}

/** A server of plain Node on a free port, for peers that must not be ours. Sockets are destroyed with it. */
export function listenPlain(onConnection: (socket: net.Socket) => void, server = net.createServer()): Promise<Peer> {
  const sockets = new Set<net.Socket>();
  server.on(server instanceof tls.Server ? 'secureConnection' : 'connection', (socket: net.Socket) => {
    onConnection(socket);
  });
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const close = () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      };
      resolve({ port: (server.address() as net.AddressInfo).port, close });
    });
  });
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A listener of ours and the next connection that comes to it. */
export async function acceptOne(): Promise<{ port: number; next: Promise<SocketDuplex>; close(): void }> {
  const next = deferred<SocketDuplex>();
  const listener = await listen({
    on: { kind: 'tcp', address: { host: '127.0.0.1', port: 0 } },
    onConnection: (duplex) => next.resolve(duplex),
    label: 'accepted',
  });
  return { port: listener.port, next: next.promise, close: () => listener.close() };
}

const authority = createAuthority([['CN', 'Test CA']], Date.now());

/** A certificate of a CA that only tests know. */
export function testCertificate(names: readonly string[] = ['127.0.0.1', 'localhost']) {
  const subject = [
    ['OU', 'PVE Cluster Node'],
    ['O', 'Proxmox Virtual Environment'],
    ['CN', 'pve1.example.org'],
  ] as const;
  const issued = issueCertificate(authority, subject, names, Date.now());
  return {
    cert: issued.certificatePem,
    key: issued.keyPem,
    fingerprint: issued.fingerprint,
    ca: authority.certificatePem,
  };
}
