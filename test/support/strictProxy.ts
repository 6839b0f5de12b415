import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';

const host = '127.0.0.1';
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * A reverse proxy of the strict kind: HTTP/2 to clients but no WebSockets over it, hop-by-hop headers dropped and made
 * anew, lies about the client in `X-Forwarded-*`, and a WebSocket that is silent in both directions is ended.
 */
export async function startStrictProxy(
  options: { readonly port: number; readonly targetPort: number; readonly limitSeconds: number },
  certificate: { readonly cert: string; readonly key: string },
): Promise<{ close(): Promise<void> }> {
  const sockets = new Set<Duplex>();
  const keep = <S extends Duplex>(socket: S): S => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    return socket;
  };
  const server = http2.createSecureServer({ ...certificate, allowHTTP1: true });
  server.on('secureConnection', keep);
  server.on('request', (request, response) => {
    const outgoing = http.request(
      { host, port: options.targetPort, method: request.method, path: request.url, headers: passOn(request.headers) },
      (incoming) => {
        response.writeHead(incoming.statusCode ?? 502, withoutHopByHop(incoming.headers));
        incoming.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    request.pipe(outgoing);
  });
  server.on('upgrade', (request: http.IncomingMessage, client: Duplex, head: Buffer) => {
    const upstream = keep(net.connect(options.targetPort, host));
    const headers = { ...passOn(request.headers), connection: 'Upgrade', upgrade: 'websocket' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    upstream.write(`GET ${request.url ?? '/'} HTTP/1.1\r\n${lines.join('')}\r\n`);
    upstream.write(head);
    joinUntilSilent(keep(client), upstream, options.limitSeconds * 1000);
  });
  await new Promise<void>((resolve) => server.listen(options.port, host, resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function joinUntilSilent(client: Duplex, upstream: net.Socket, limitMs: number): void {
  const end = () => {
    clearTimeout(timer);
    client.destroy();
    upstream.destroy();
  };
  const timer = setTimeout(end, limitMs);
  client.on('data', () => timer.refresh());
  upstream.on('data', () => timer.refresh());
  client.on('close', end).pipe(upstream);
  upstream.on('close', end).pipe(client);
}

function passOn(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const authority = headers[':authority'] ?? headers.host;
  return {
    ...withoutHopByHop(headers),
    host: String(authority),
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'http',
    forwarded: 'for=203.0.113.7;host=evil.example;proto=http',
  };
}

function withoutHopByHop(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !name.startsWith(':')));
}
