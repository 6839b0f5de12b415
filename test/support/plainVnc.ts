import { createServer, type AddressInfo, type Socket } from 'node:net';

import { createEmbeddedGuest } from '../../electron/lab/guests/embeddedGuest.ts';

/** A plain VNC server with the lab's desktop behind it. */
export interface PlainVnc {
  readonly port: number;
  /** So many came. */
  readonly connectionCount: number;
  close(): Promise<void>;
}

/** `password`: VNC looks at eight characters of it. */
export async function startPlainVnc(password: string): Promise<PlainVnc> {
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const guest = createEmbeddedGuest({ vmid: 1, name: 'plain' });
  await guest.start();
  const server = createServer((socket) => {
    connectionCount += 1;
    sockets.add(socket);
    void guest.openScreen(password).then((screen) => {
      socket.pipe(screen).pipe(socket);
      socket.on('error', () => screen.destroy());
      screen.on('error', () => socket.destroy());
      socket.on('close', () => screen.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return connectionCount;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await guest.dispose();
    },
  };
}
