import { connect as connectTcp } from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

import type { LabQuirks } from '../../../electron/lab/quirks.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { quiet, until } from '../../support/until.ts';
import { LabBench, nodeRequest } from './labBench.ts';

checkLeaks();
let bench: LabBench;
const start = async (quirks: Partial<LabQuirks> = {}): Promise<LabBench> => {
  bench = await LabBench.start(quirks);
  return bench;
};
afterEach(() => bench.close());

const get = (path: string, ...headers: string[]): string =>
  `GET ${path} HTTP/1.1\r\nHost: lab\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;
const DOMAINS = '/api2/json/access/domains';

describe('an answer', () => {
  it('carries exactly the headers of the real server, in its order', async () => {
    await start();
    const connection = await bench.connect();
    connection.send(get(DOMAINS));
    const { body } = await connection.answer();
    connection.send(get(DOMAINS));
    await until(() => connection.text.includes('\r\n\r\n'), 'an answer');
    const date = new Date(bench.clock.wallMs()).toUTCString();
    expect(connection.text.slice(0, connection.text.indexOf('\r\n\r\n'))).toBe(
      [
        'HTTP/1.1 200 OK',
        'Cache-Control: max-age=0',
        'Connection: Keep-Alive',
        `Date: ${date}`,
        'Pragma: no-cache',
        'Server: pve-api-daemon/3.0',
        `Content-Length: ${body.length}`,
        'Content-Type: application/json;charset=UTF-8',
        `Expires: ${date}`,
      ].join('\r\n'),
    );
  });

  it('comes when the request arrives one byte at a time', async () => {
    await start();
    const connection = await bench.connect();
    for (const byte of Buffer.from(get(DOMAINS))) connection.send(Buffer.of(byte));
    expect((await connection.answer()).status).toBe(200);
  });

  it('comes in order to requests sent behind each other in one segment', async () => {
    await start();
    const connection = await bench.connect();
    connection.send(get(DOMAINS) + get('/api2/json/version', `Authorization: ${bench.lab.apiToken}`) + get(DOMAINS));
    expect((await connection.answer()).body).toContain('realm');
    expect((await connection.answer()).body).toContain('repoid');
    expect((await connection.answer()).body).toContain('realm');
  });

  it('closes the connection on every error, with the reason in the status line', async () => {
    await start();
    const connection = await bench.connect();
    connection.send(get('/api2/json/nope', `Authorization: ${bench.lab.apiToken}`));
    const answer = await connection.answer();
    expect([answer.status, answer.reason]).toEqual([501, "Method 'GET /nope' not implemented"]);
    expect(answer.headers.get('Connection')).toBe('close');
    await connection.closed();
  });

  it('has the message in its body, and on old servers in its status line alone', async () => {
    await start();
    const path = '/nodes/pve1/qemu/999/config';
    const reason = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
    expect((await bench.call('GET', path)).json).toEqual({ data: null, message: `${reason}\n` });
    bench.lab.quirks.messageInBody = false;
    const old = await bench.call('GET', path);
    expect([old.status, old.reason, old.json]).toEqual([500, reason, { data: null }]);
  });

  it('is compressed from 1,025 bytes on when asked, gzip before deflate, and the length is the compressed one', async () => {
    await start();
    const path = '/api2/json/cluster/resources';
    const plain = await nodeRequest(bench.lab, path, { Authorization: bench.lab.apiToken });
    const ask = (coding: string) =>
      nodeRequest(bench.lab, path, { Authorization: bench.lab.apiToken, 'Accept-Encoding': coding });
    const zipped = await ask('deflate, gzip');
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(Number(zipped.headers['content-length'])).toBe(zipped.body.length);
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    expect(inflateSync((await ask('deflate')).body)).toEqual(plain.body);
    bench.lab.quirks.compression = false;
    expect((await ask('gzip')).headers['content-encoding']).toBeUndefined();
  });

  it('is always 200 under extjs, except for a failed sign-in', async () => {
    await start();
    const asked = (path: string) => bench.raw(get(`/api2/extjs${path}`, `Authorization: ${bench.lab.apiToken}`));
    const wrong = await asked('/nodes/pve1/qemu/999/config');
    expect([wrong.status, wrong.json]).toMatchObject([200, { success: 0, status: 500, data: null }]);
    expect((await asked('/version')).json).toMatchObject({ success: 1, data: { release: '9.1' } });
    expect((await bench.raw(get('/api2/extjs/version'))).status).toBe(401);
  });
});

describe('limits', () => {
  it('answers the 100th request of a connection and closes behind it', async () => {
    await start();
    const connection = await bench.connect();
    for (let count = 1; count <= 100; count += 1) {
      connection.send(get(DOMAINS));
      const answer = await connection.answer();
      expect(answer.headers.get('Connection')).toBe(count < 100 ? 'Keep-Alive' : 'close');
    }
    await connection.closed();
  });

  it('closes an idle connection after five seconds, counted from the last answer', async () => {
    await start();
    const connection = await bench.connect();
    await bench.clock.advanceAsync(4900);
    connection.send(get(DOMAINS));
    await connection.answer();
    await quiet();
    await bench.clock.advanceAsync(4999);
    await quiet();
    expect(connection.isClosed).toBe(false);
    await bench.clock.advanceAsync(1);
    await connection.closed();
  });

  it('drops a request that stalls for five seconds in its head or body, without a word', async () => {
    await start();
    for (const part of ['GET /api2/js', 'POST /api2/json/access/ticket HTTP/1.1\r\nContent-Length: 50\r\n\r\nuser']) {
      const connection = await bench.connect();
      connection.send(part);
      await quiet();
      await bench.clock.advanceAsync(5000);
      await connection.closed();
      expect(connection.text).toBe('');
    }
  });

  it.each([
    ['64 header lines', Array.from({ length: 63 }, (_, index) => `X-${index}: 1`)],
    ['8 KiB of headers', [`X-Big: ${'x'.repeat(8180)}`]],
  ])('never answers %s, and closes after five seconds', async (_, headers) => {
    await start();
    const connection = await bench.connect();
    connection.send(get(DOMAINS, ...headers));
    await quiet();
    expect(connection.text).toBe('');
    await bench.clock.advanceAsync(5000);
    await connection.closed();
    expect(connection.text).toBe('');
  });

  it('answers 63 header lines of under 8 KiB', async () => {
    await start();
    const headers = Array.from({ length: 62 }, (_, index) => `X-${index}: ${'x'.repeat(110)}`);
    expect((await bench.raw(get(DOMAINS, ...headers))).status).toBe(200);
  });

  it('refuses more than 512 KiB of form', async () => {
    await start();
    const post = (length: number) =>
      bench.raw(`POST /api2/json/access/ticket HTTP/1.1\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`);
    expect((await post(512 * 1024 + 1)).reason).toBe('for data too large');
    expect((await post(512 * 1024)).status).toBe(400);
  });
});

describe('what is refused', () => {
  it.each([
    ['HEAD', 501, "method 'HEAD' not available"],
    ['OPTIONS', 501, "method 'OPTIONS' not available"],
    ['PATCH', 501, "method 'PATCH' not available"],
  ])('%s', async (method, status, reason) => {
    await start();
    const answer = await bench.raw(`${method} ${DOMAINS} HTTP/1.1\r\nHost: lab\r\n\r\n`);
    expect([answer.status, answer.reason, answer.body]).toEqual([status, reason, '']);
  });

  it('HTTP/2 with prior knowledge', async () => {
    await start();
    const answer = await bench.raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    expect([answer.status, answer.reason]).toEqual([506, 'http protocol version 2.0 not supported']);
  });

  it('a header that is none', async () => {
    await start();
    expect((await bench.raw(`GET ${DOMAINS} HTTP/1.1\r\nno colon here\r\n\r\n`)).status).toBe(506);
  });

  it('a chunked body', async () => {
    await start();
    const head = 'POST /api2/json/access/ticket HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect((await bench.raw(`${head}1\r\nx\r\n0\r\n\r\n`)).status).toBe(501);
  });

  it('a body on GET or DELETE', async () => {
    await start();
    for (const method of ['GET', 'DELETE']) {
      const answer = await bench.raw(`${method} ${DOMAINS} HTTP/1.1\r\nContent-Length: 1\r\n\r\nx`);
      expect([answer.status, answer.reason]).toEqual([501, `Unexpected content for method '${method}'`]);
    }
  });

  it('a content type it does not know, and JSON that is none', async () => {
    await start();
    const post = (type: string, body: string) =>
      bench.raw(
        `POST /api2/json/access/ticket HTTP/1.1\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    expect((await post('text/plain', 'x')).status).toBe(506);
    expect((await post('application/json', '{nope')).status).toBe(500);
    const { username, password } = bench.lab;
    expect((await post('application/json', JSON.stringify({ username, password }))).status).toBe(200);
  });

  it('parameters nobody asked for, and leaves out _dc', async () => {
    await start();
    expect((await bench.call('GET', '/version?_dc=17')).status).toBe(200);
    const answer = await bench.call('GET', '/version?extra=1');
    expect([answer.status, answer.reason]).toEqual([400, 'Parameter verification failed.']);
    expect(answer.json.errors).toHaveProperty('extra');
  });
});

describe('forms', () => {
  it('end a value at a raw =, split at ; and &, read + as a space', async () => {
    await start();
    const post = (body: string) =>
      bench.raw(`POST /api2/json/access/ticket HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const { password, username } = bench.lab;
    const user = encodeURIComponent(username);
    expect((await post(`username=${user};password=${password}`)).status).toBe(200);
    expect((await post(`username=${user}&password=${password}=more`)).status).toBe(200);
    expect((await post(`username=${user}&password=${password}+`)).status).toBe(401);
  });
});

describe('plain HTTP on the TLS port', () => {
  const plain = async (request: string): Promise<string> => {
    const [host = '', port = ''] = bench.lab.address.split(':');
    const socket = connectTcp(Number(port), host);
    let text = '';
    let isClosed = false;
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => {
      isClosed = true;
    });
    socket.write(request);
    await until(() => isClosed, 'the close');
    return text;
  };

  it('sends GET to https with 301, other methods with 308, by the Host header', async () => {
    await start();
    expect(await plain('GET /a?b=1 HTTP/1.1\r\nHost: pve.example:8006\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 301 [\s\S]*\r\nLocation: https:\/\/pve\.example:8006\/a\?b=1\r\n/,
    );
    expect(await plain('POST /a HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 308 [\s\S]*Location: https:\/\/x\/a/,
    );
  });

  it('closes without a word when there is no Host header, and refuses HEAD all the same', async () => {
    await start();
    expect(await plain('GET / HTTP/1.1\r\n\r\n')).toBe('');
    expect(await plain('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 501 /);
  });
});

describe('what tests can do to it', () => {
  it('shows another certificate to new connections and leaves old ones alone', async () => {
    await start();
    const before = bench.lab.fingerprint;
    const old = await bench.connect();
    const ca = bench.lab.caPem;
    const fingerprint = bench.lab.replaceCertificate({ newAuthority: true });
    expect(fingerprint).not.toBe(before);
    expect(bench.lab.caPem).not.toBe(ca);
    old.send(get(DOMAINS));
    expect((await old.answer()).status).toBe(200);
    expect((await bench.call('GET', '/version')).status).toBe(200); // with the new authority
  });

  it('cuts every connection, refuses new ones, and takes them again', async () => {
    await start();
    const connection = await bench.connect();
    expect(bench.lab.killConnections({ reset: true })).toBe(1);
    await connection.closed();
    bench.lab.refuseConnections(true);
    await (await bench.connect()).closed();
    bench.lab.refuseConnections(false);
    expect((await bench.call('GET', '/version')).status).toBe(200);
  });

  it('stops listening and lets stand what stands', async () => {
    await start();
    const connection = await bench.connect();
    await bench.lab.stopListening();
    const [host = '', port = ''] = bench.lab.address.split(':');
    const refused = await new Promise<string>((resolve) => {
      connectTcp(Number(port), host).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    });
    expect(refused).toBe('ECONNREFUSED');
    connection.send(get(DOMAINS));
    expect((await connection.answer()).status).toBe(200);
  });

  it('keeps a log of requests with connection and bytes, and no ticket in it', async () => {
    await start();
    const connection = await bench.connect();
    connection.send(get(DOMAINS) + get('/api2/json/version?vncticket=secret&x=1'));
    await connection.answer();
    await connection.answer();
    const [first, second] = bench.lab.requests;
    expect(first).toMatchObject({ method: 'GET', path: DOMAINS, status: 200 });
    expect(second).toMatchObject({ path: '/api2/json/version', query: 'vncticket=…&x=1', status: 401 });
    expect(first?.connectionId).toBe(second?.connectionId);
    expect(first?.responseBytes).toBeGreaterThan(172);
  });

  it('fails, hangs and waits as told', async () => {
    await start({ failAll: { status: 595, reason: 'No route to host' } });
    const failed = await bench.call('GET', '/version');
    expect([failed.status, failed.reason, failed.body]).toEqual([595, 'No route to host', '']);
    bench.lab.quirks.failAll = undefined;
    bench.lab.quirks.neverAnswer = true;
    const silent = await bench.connect();
    silent.send(get(DOMAINS));
    await quiet();
    await bench.clock.advanceAsync(60_000);
    await quiet();
    expect([silent.text, silent.isClosed]).toEqual(['', false]);
    bench.lab.quirks.neverAnswer = false;
    bench.lab.quirks.latencyMs = 700;
    const slow = await bench.connect();
    slow.send(get(DOMAINS));
    await until(() => bench.lab.requests.length === 3, 'the request');
    await quiet();
    expect(slow.text).toBe('');
    await bench.clock.advanceAsync(700);
    expect((await slow.answer()).status).toBe(200);
  });
});
