import { once } from 'node:events';
import net from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';

import { createMemoryLinkPair } from '../../shared/wire/memoryLink.ts';
import { createMessagePortLink } from '../../shared/wire/messagePortLink.ts';
import { createWebSocketLink } from '../../shared/wire/webSocketLink.ts';
import type { LinkPair } from './describeLink.ts';

export function memoryLinks(): LinkPair {
  const [a, b] = createMemoryLinkPair();
  return { a, b, dispose: () => undefined };
}

export function portLinks(canTransfer: boolean): LinkPair {
  const { port1, port2 } = new MessageChannel();
  const a = createMessagePortLink(port1, { label: 'page port', canTransfer });
  const b = createMessagePortLink(port2, { label: 'engine port', canTransfer });
  return { a, b, dispose: () => undefined };
}

/** The engine's end is as Electron gives it to a utility process: an emitter, and no transfer of buffers. */
export function emitterPortLinks(): LinkPair {
  const { port1, port2 } = new MessageChannel();
  const asEmitter = {
    postMessage: (message: unknown) => port2.postMessage(message),
    start: () => port2.start(),
    close: () => port2.close(),
    on: (name: 'message' | 'close', listener: (event: { data?: unknown }) => void) =>
      port2.addEventListener(name, (event) => listener(event as Event & { data?: unknown })),
  };
  const a = createMessagePortLink(port1, { label: 'page port' });
  const b = createMessagePortLink(asEmitter, { label: 'engine port' });
  return { a, b, dispose: () => undefined };
}

/** Two ends of a real WebSocket on loopback. `oneByte`: every read of either socket brings one byte. */
export async function webSocketLinks(options: { oneByte?: boolean } = {}): Promise<LinkPair> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.on('connection', (_, request) => splitReads(request.socket, options.oneByte ?? false));
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, {
    perMessageDeflate: false,
    createConnection: () => splitReads(net.connect({ port, host: '127.0.0.1' }), options.oneByte ?? false),
  });
  const [[served]] = await Promise.all([accepted, once(client, 'open')]);
  return {
    a: createWebSocketLink(client, { label: 'page socket' }),
    b: createWebSocketLink(served, { label: 'engine socket' }),
    ...(options.oneByte ? { largestBytes: 4096 } : {}),
    async dispose() {
      client.terminate();
      served.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** From now on every read brings one byte. */
function splitReads(socket: net.Socket, isWanted: boolean): net.Socket {
  if (!isWanted) return socket;
  const push = socket.push.bind(socket);
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk === null || chunk.length < 2) return push(chunk, encoding);
    let wantsMore = true;
    for (let at = 0; at < chunk.length; at++) wantsMore = push(chunk.subarray(at, at + 1));
    return wantsMore;
  };
  return socket;
}
