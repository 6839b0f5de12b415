import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { ApiClient } from '../../../electron/engine/api/apiClient.ts';
import { HttpPool } from '../../../electron/engine/api/httpPool.ts';
import { ApiGateway } from '../../../electron/engine/relay/apiGateway.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { ask, keptConnection } from '../../support/gatewayClient.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const MiB = 1 << 20;
const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A gateway to a server of our own, without TLS. */
async function start(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer({ keepAliveTimeout: 60_000 }, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const openSocket = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(socket.off('error', reject)));
    });
  const pool = new HttpPool({ clock: systemClock, address: `127.0.0.1:${port}`, openSocket });
  const api = new ApiClient({ pool, credentials: () => ({ kind: 'token', user: 'root@pam!t', token: 's' }) });
  const door = await ApiGateway.open({ api: () => api, allowsWrites: true, port: 0, clock: systemClock });
  cleanUps.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    () => pool.dispose(),
    () => door.close(500),
  );
  return { door, pool };
}

/** A client that reads when it is told to. */
function openRaw(door: ApiGateway, head: readonly string[]): Socket {
  const { host, port } = new URL(door.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.pause();
  cleanUps.push(() => void socket.destroy());
  const [line = '', ...rest] = head;
  socket.write([line, `Host: ${host}`, `Authorization: Bearer ${door.token}`, ...rest, '', ''].join('\r\n'));
  return socket;
}

it('holds a download while its client does not read, then loses nothing', async () => {
  const total = 64 * MiB;
  let written = 0;
  const { door } = await start((_request, response) => {
    response.writeHead(200, { 'Content-Length': String(total) });
    const more = () => {
      while (written < total) {
        written += MiB;
        if (!response.write(Buffer.alloc(MiB, written / MiB))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const socket = openRaw(door, ['GET /api2/json/big HTTP/1.1']);
  await until(() => written > 0);
  let last = -1;
  while (last !== written) {
    last = written;
    await quiet();
  }
  expect(written).toBeLessThan(24 * MiB); // kernel buffers of two connections, and one stream's worth in between
  let got = 0;
  socket.on('data', (chunk) => {
    got += chunk.length;
  });
  socket.resume();
  await until(() => got > total);
  expect(got - total).toBeLessThan(1000); // the head
});

it('holds an upload while the server does not read, then loses nothing', async () => {
  const total = 64 * MiB;
  let read: (() => Promise<void>) | undefined;
  let got = 0;
  const { door } = await start((request, response) => {
    expect(request.headers['content-length']).toBe(String(total));
    read = async () => {
      for await (const chunk of request as AsyncIterable<Uint8Array>) got += chunk.length;
      response.end('{"data":"done"}');
    };
  });
  const socket = openRaw(door, ['POST /api2/json/upload HTTP/1.1', `Content-Length: ${total}`]);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString())).resume();
  for (let i = 0; i < total / MiB; i += 1) socket.write(Buffer.alloc(MiB, i));
  await until(() => read !== undefined);
  let last = -1;
  while (last !== socket.bytesWritten - socket.writableLength) {
    last = socket.bytesWritten - socket.writableLength;
    await quiet();
  }
  expect(socket.writableLength).toBeGreaterThan(total - 24 * MiB);
  await read?.();
  await until(() => answer.includes('done'));
  expect(got).toBe(total);
});

it('breaks a client’s answer where the server’s broke, and ends the server’s where the client left', async () => {
  let left = 0;
  const { door, pool } = await start((request, response) => {
    response.on('close', () => (left += 1));
    response.writeHead(200, { 'Content-Length': '1000' });
    response.write('half');
    if (request.url === '/api2/json/cut') setTimeout(() => request.socket.destroy(), 20);
  });
  await expect(ask(door, '/api2/json/cut')).rejects.toThrow();
  const socket = openRaw(door, ['GET /api2/json/wait HTTP/1.1']);
  await new Promise((resolve) => socket.once('readable', resolve));
  socket.destroy();
  await until(() => left === 2);
  await until(() => pool.socketCount === 0);
});

it('sends one request to whichever connection is idle, whoever asked before', async () => {
  const sockets = new Set<Socket>();
  const { door } = await start((request, response) => {
    sockets.add(request.socket);
    response.end('{}');
  });
  const agents = Array.from({ length: 5 }, keptConnection);
  for (const agent of [...agents, ...agents]) await ask(door, '/api2/json/x', { agent });
  expect(sockets.size).toBe(1);
  for (const agent of agents) agent.destroy();
});

it('with a server that drops every second request on an idle connection: 1,000 GETs succeed, 1,000 POSTs run at most once, each unknown outcome is told', async () => {
  const executed = new Map<string, number>();
  const dropped: string[] = [];
  const used = new WeakMap<Socket, number>();
  let drops = 0;
  const { door } = await start((request, response) => {
    const { socket, url = '' } = request;
    const count = (used.get(socket) ?? 0) + 1;
    used.set(socket, count);
    if (count % 2 === 0) {
      // Closed at the moment it is written; every other of these has been carried out all the same.
      drops += 1;
      dropped.push(url);
      if (drops % 2 === 0) executed.set(url, (executed.get(url) ?? 0) + 1);
      return void socket.destroy();
    }
    executed.set(url, (executed.get(url) ?? 0) + 1);
    return void response.end('{"data":null}');
  });
  const agent = keptConnection();
  const statuses = new Map<string, number>();
  const unknown = new Set<string>();
  for (const method of ['GET', 'POST'] as const) {
    for (let i = 0; i < 1000; i += 1) {
      const path = `/api2/json/${method}/${i}`;
      const { status, text, headers } = await ask(door, path, { agent, method });
      statuses.set(path, status);
      if (status === 200) continue;
      expect(headers['sluice-error']).toBe('outcome-unknown');
      expect(text).toContain('Look whether it happened');
      unknown.add(path);
    }
  }
  agent.destroy();
  const isGet = (path: string) => path.includes('/GET/');
  expect([...statuses].filter(([path, status]) => isGet(path) && status === 200)).toHaveLength(1000);
  const posts = [...executed].filter(([path]) => !isGet(path));
  expect(posts.every(([, times]) => times === 1)).toBe(true);
  // What was told to be unknown is exactly what was dropped, carried out or not.
  const droppedPosts = dropped.filter((path) => !isGet(path));
  expect(droppedPosts.length).toBe(500);
  expect(unknown).toEqual(new Set(droppedPosts));
});
