import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { HttpPool } from '../../../electron/engine/api/httpPool.ts';
import type { HttpRequest } from '../../../electron/engine/api/httpTypes.ts';
import { systemClock } from '../../../shared/base/clock.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(handler: Handler, options: { keepAliveTimeoutMs?: number } = {}) {
  const server: Server = createServer({ keepAliveTimeout: options.keepAliveTimeoutMs ?? 60_000 }, handler);
  let connections = 0;
  const accepted = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections += 1;
    accepted.add(socket);
    socket.on('close', () => accepted.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pool = new HttpPool({
    clock: systemClock,
    address: `127.0.0.1:${port}`,
    openSocket: () =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1');
        socket.once('error', reject);
        socket.once('connect', () => {
          socket.removeListener('error', reject);
          resolve(socket);
        });
      }),
  });
  cleanUps.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    () => pool.dispose(),
  );
  return { server, pool, accepted, connections: () => connections };
}

const get = (path = '/', more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path,
  headers: {},
  timeoutMs: 5_000,
  ...more,
});
const post = (path = '/', body = 'a=1'): HttpRequest => ({
  method: 'POST',
  path,
  headers: { 'Content-Length': String(body.length) },
  body: Buffer.from(body),
  timeoutMs: 5_000,
});
const code = (error: unknown) => (error as { code?: string }).code;

describe('the pool', () => {
  it('uses one connection for requests that follow each other', async () => {
    const { pool, connections } = await start((_request, response) => response.end('{}'));
    for (let i = 0; i < 20; i += 1) expect((await pool.request(get())).status).toBe(200);
    expect(connections()).toBe(1);
    expect(pool.idleCount).toBe(1);
  });

  it('never has more than six connections', async () => {
    let most = 0;
    const { pool, accepted } = await start((_request, response) => {
      most = Math.max(most, accepted.size);
      setImmediate(() => response.end('{}'));
    });
    await Promise.all(Array.from({ length: 100 }, () => pool.request(get())));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(6);
  });

  it('leaves three connections to people while polls hang', async () => {
    const { pool } = await start((request, response) => {
      if (request.url === '/quick') response.end('{}');
    });
    const giveUp = new AbortController();
    const polls = Array.from({ length: 8 }, () =>
      pool.request(get('/slow', { isBackground: true, signal: giveUp.signal })).catch(code),
    );
    expect((await pool.request(get('/quick'))).status).toBe(200);
    giveUp.abort();
    expect(new Set(await Promise.all(polls))).toEqual(new Set(['aborted']));
  });

  it('opens a new connection after an answer with Connection: close', async () => {
    const { pool, connections } = await start((_request, response) => {
      response.setHeader('Connection', 'close');
      response.end('{}');
    });
    await pool.request(get());
    await pool.request(get());
    expect(connections()).toBe(2);
  });

  it('ends a connection after 100 requests', async () => {
    const { pool, connections } = await start((_request, response) => response.end('{}'));
    for (let i = 0; i < 101; i += 1) await pool.request(get());
    expect(connections()).toBe(2);
  });

  it('sends a GET again, once, when a reused connection dies before its answer', async () => {
    let seen = 0;
    const { pool, connections } = await start((request, response) => {
      seen += 1;
      if (seen === 2) request.socket.destroy();
      else response.end(`{"seen":${seen}}`);
    });
    await pool.request(get());
    const answer = await pool.request(get());
    expect(Buffer.from(answer.body).toString()).toBe('{"seen":3}');
    expect(connections()).toBe(2);
  });

  it('does not send a GET a third time', async () => {
    let seen = 0;
    const { pool } = await start((request, response) => {
      seen += 1;
      if (seen > 1) request.socket.destroy();
      else response.end('{}');
    });
    await pool.request(get());
    expect(await pool.request(get()).catch(code)).toBe('reset');
    expect(seen).toBe(3);
  });

  it('does not send a GET again when its answer had begun', async () => {
    let seen = 0;
    const { pool } = await start((request, response) => {
      seen += 1;
      if (seen === 2) request.socket.end('HTTP/1.1 200 O');
      else response.end('{}');
    });
    await pool.request(get());
    expect(await pool.request(get()).catch(code)).toBe('reset');
    expect(seen).toBe(2);
  });

  it('does not send a GET again that failed on a new connection', async () => {
    let seen = 0;
    const { pool } = await start((request) => {
      seen += 1;
      request.socket.destroy();
    });
    expect(await pool.request(get()).catch(code)).toBe('reset');
    expect(seen).toBe(1);
  });

  it('never sends a POST twice and says that its outcome is unknown', async () => {
    let seen = 0;
    const { pool } = await start((request, response) => {
      if (request.method === 'GET') return response.end('{}');
      seen += 1;
      return request.socket.destroy();
    });
    await pool.request(get());
    expect(await pool.request(post()).catch(code)).toBe('outcome-unknown');
    expect(seen).toBe(1);
  });

  it('says what the socket said when a POST could not even be sent', async () => {
    const { pool, server } = await start(() => {});
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(await pool.request(post()).catch(code)).toBe('reset');
  });

  it('gives up at the deadline', async () => {
    const { pool } = await start(() => {});
    expect(await pool.request(get('/', { timeoutMs: 30 })).catch(code)).toBe('timeout');
    expect(await pool.request({ ...post(), timeoutMs: 30 }).catch(code)).toBe('outcome-unknown');
  });

  it('unpacks gzip and decodes the reason phrase as UTF-8', async () => {
    const { pool } = await start((_request, response) => {
      response.statusMessage = Buffer.from('größer', 'utf8').toString('latin1');
      response.setHeader('Content-Encoding', 'gzip');
      response.end(gzipSync('{"data":"x"}'));
    });
    const answer = await pool.request(get());
    expect(answer.reason).toBe('größer');
    expect(Buffer.from(answer.body).toString()).toBe('{"data":"x"}');
  });

  it('says not-proxmox where no HTTP is spoken', async () => {
    const { pool } = await start((request) => request.socket.end('SSH-2.0-x\r\n'));
    expect(await pool.request(get()).catch(code)).toBe('not-proxmox');
  });

  it('closes idle connections with a FIN when purged', async () => {
    const { pool, accepted } = await start((_request, response) => response.end('{}'));
    await pool.request(get());
    const [socket] = accepted;
    let failed = false;
    socket?.on('error', () => {
      failed = true;
    });
    const closed = new Promise<void>((resolve) => socket?.once('close', () => resolve()));
    pool.purge();
    await closed;
    expect(failed).toBe(false);
    await vi.waitFor(() => expect(pool.socketCount).toBe(0));
  });

  it('sends nothing on a connection that was purged just now', async () => {
    const { pool } = await start((_request, response) => response.end('{}'));
    await pool.request(get());
    pool.purge();
    const answer = await pool.request({ ...get(), method: 'POST' });
    expect(answer.status).toBe(200);
  });

  it('rejects everything with closed when disposed', async () => {
    const { pool } = await start(() => {});
    const waiting = Promise.all(Array.from({ length: 9 }, () => pool.request(get()).catch(code)));
    pool.dispose();
    expect(new Set(await waiting)).toEqual(new Set(['closed']));
  });

  it('does 1,000 GETs and executes no POST twice with a server that drops every second reused connection', async () => {
    const executed = new Map<string, number>();
    let count = 0;
    const { pool } = await start((request, response) => {
      count += 1;
      const fresh = !(request.socket as { used?: boolean }).used;
      (request.socket as { used?: boolean }).used = true;
      if (!fresh && count % 2 === 0) return request.socket.destroy();
      executed.set(request.url ?? '', (executed.get(request.url ?? '') ?? 0) + 1);
      return response.end('{}');
    });
    for (let i = 0; i < 1000; i += 1) expect((await pool.request(get(`/g${i}`))).status).toBe(200);
    let unknown = 0;
    for (let i = 0; i < 1000; i += 1) {
      await pool.request(post(`/p${i}`)).catch((error: unknown) => {
        expect(code(error)).toBe('outcome-unknown');
        unknown += 1;
      });
    }
    expect(unknown).toBeGreaterThan(100);
    for (const [url, times] of executed) if (url.startsWith('/p')) expect(times).toBe(1);
  });
});
