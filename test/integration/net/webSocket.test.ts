import { createHash } from 'node:crypto';
import type net from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { openWebSocket } from '../../../electron/engine/net/openWebSocket.ts';
import type { WebSocketDuplex } from '../../../electron/engine/net/webSocketDuplex.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { firstWrong, patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { deferred, listenPlain, type Peer } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const host = '127.0.0.1';
const opened: { dispose(): void }[] = [];
const peers: Peer[] = [];
afterEach(() => {
  for (const duplex of opened.splice(0)) duplex.dispose();
  for (const peer of peers.splice(0)) peer.close();
});

const acceptOf = (request: string) => {
  const key = /Sec-WebSocket-Key: (\S+)/i.exec(request)?.[1] ?? '';
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
};
const switching = (request: string, extra = 'Sec-WebSocket-Protocol: binary\r\n') =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n` +
  `Sec-WebSocket-Accept: ${acceptOf(request)}\r\n${extra}\r\n`;

/** A server that answers the request as told, and its socket. */
async function serve(answer: (request: string, socket: net.Socket) => void) {
  const socket = deferred<net.Socket>();
  const request = deferred<string>();
  const peer = await listenPlain((accepted) => {
    socket.resolve(accepted);
    accepted.once('data', (chunk) => {
      request.resolve(chunk.toString('latin1'));
      answer(chunk.toString('latin1'), accepted);
    });
  });
  peers.push(peer);
  return { port: peer.port, socket: socket.promise, request: request.promise };
}

async function open(port: number, more: Partial<Parameters<typeof openWebSocket>[0]> = {}): Promise<WebSocketDuplex> {
  const duplex = await openWebSocket({ address: { host, port }, path: '/x?port=5900&vncticket=T%3A', ...more });
  opened.push(duplex);
  return duplex;
}

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => {
      throw new Error('It succeeded.');
    },
    (error: unknown) => error as AppError,
  );

const frame = (opcode: number, payload: Uint8Array, isFinal = true) => {
  const header = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.of((isFinal ? 0x80 : 0) | opcode, ...header), payload]);
};

describe('opening a WebSocket', () => {
  it('asks as pveproxy wants it: one subprotocol, our headers, no extension', async () => {
    const server = await serve((request, socket) => socket.write(switching(request)));
    await open(server.port, { headers: { Cookie: 'PVEAuthCookie=PVE%3Aroot' } });
    const lines = (await server.request).split('\r\n');
    expect(lines[0]).toBe('GET /x?port=5900&vncticket=T%3A HTTP/1.1');
    expect(lines).toContain(`Host: ${host}:${server.port}`);
    expect(lines).toContain('Sec-WebSocket-Protocol: binary');
    expect(lines).toContain('Cookie: PVEAuthCookie=PVE%3Aroot');
    expect(lines.join('\n')).not.toMatch(/extensions/i);
  });

  it('loses nothing that comes right behind the 101, nor when all comes one byte at a time', async () => {
    const payload = patternBytes(300);
    for (const isDripping of [false, true]) {
      const server = await serve((request, socket) => {
        socket.setNoDelay(true);
        const bytes = Buffer.concat([
          Buffer.from(switching(request)),
          frame(2, payload),
          frame(2, payload.slice(0, 0)),
        ]);
        if (!isDripping) return socket.write(bytes);
        let at = 0;
        const drip = () => {
          if (at < bytes.length) socket.write(bytes.subarray(at, ++at), () => setImmediate(drip));
        };
        drip();
      });
      const duplex = await open(server.port);
      const recorder = new Recorder(duplex);
      await quiet();
      expect(recorder.bytes).toBe(0);
      duplex.start();
      await until(() => recorder.bytes === 300);
      expect(firstWrong(recorder.received, 0)).toBe(-1);
    }
  });

  it('tells what the server said in place of a 101', async () => {
    const body = '{"data":null,"message":"permission denied - invalid PVEVNC ticket\\n"}';
    const server = await serve((_, socket) => {
      socket.write(`HTTP/1.1 401 No ticket\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const error = await failure(open(server.port));
    expect(error.code).toBe('forbidden');
    expect(error.detail).toEqual({ status: 401, reason: 'permission denied - invalid PVEVNC ticket' });
    const broken = await serve((_, socket) => socket.end('HTTP/1.1 595 No route to host\r\n\r\n'));
    expect(await failure(open(broken.port))).toMatchObject({ code: 'server', detail: { reason: 'No route to host' } });
    const plain = await serve((_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"data":{"port":"5900"}}'));
    expect((await failure(open(plain.port))).code).toBe('protocol');
  });

  it('connects while the path is still to come, and anew when that took longer than servers wait', async () => {
    const clock = new FakeClock();
    const requests: string[] = [];
    let connections = 0;
    const peer = await listenPlain((socket) => {
      connections += 1;
      socket.once('data', (chunk: Buffer) => {
        requests.push(chunk.toString('latin1').split('\r\n')[0] ?? '');
        socket.write(switching(chunk.toString('latin1')));
        socket.write(frame(2, patternBytes(40_000)));
      });
    });
    peers.push(peer);
    const budget = new Budget();
    for (const waitMs of [1000, 30_000]) {
      connections = 0;
      const path = deferred<string>();
      const window = budget.open({ minBytes: 1000, wantedBytes: 100_000, weight: 'interactive' });
      if (!window) throw new Error('There is no window.');
      const attempt = open(peer.port, { path: path.promise, clock, window, timeoutMs: 60_000 });
      await until(() => connections === 1);
      clock.advance(waitMs);
      path.resolve(`/${waitMs}`);
      const duplex = await attempt;
      expect(connections).toBe(waitMs === 1000 ? 1 : 2);
      const recorder = new Recorder(duplex);
      duplex.start();
      await until(() => recorder.bytes === 40_000);
      duplex.dispose();
      await until(() => recorder.isClosed);
      expect(budget.windowCount).toBe(0);
    }
    expect(requests).toEqual(['GET /1000 HTTP/1.1', 'GET /30000 HTTP/1.1']);
  });

  it('gives up on an upgrade that is never answered, and on an abort', async () => {
    const clock = new FakeClock();
    const server = await serve(() => {});
    const attempt = failure(open(server.port, { clock }));
    await server.request;
    clock.advance(10_000);
    expect((await attempt).code).toBe('timeout');
    expect(clock.timerCount).toBe(0);
    const controller = new AbortController();
    const silent = await serve(() => {});
    const other = failure(open(silent.port, { signal: controller.signal }));
    await silent.request;
    controller.abort();
    expect((await other).code).toBe('aborted');
  });

  it('refuses answers that are no WebSocket', async () => {
    const answers: ((request: string) => string)[] = [
      () => 'RFB 003.008\n',
      () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
      (request) => switching(request, 'Sec-WebSocket-Protocol: binary, base64\r\n'),
      (request) => switching(request, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
      (request) => switching(request, 'no colon here\r\n'),
      () => `HTTP/1.1 101 Switching Protocols\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
    ];
    for (const answer of answers) {
      const server = await serve((request, socket) => socket.write(answer(request)));
      expect((await failure(open(server.port))).code).toBe('protocol');
    }
    const gone = await serve((_, socket) => socket.end());
    expect((await failure(open(gone.port))).code).toBe('reset');
  });

  it('sends no header that would end early, and no request that pveproxy would not answer', async () => {
    const peer = await listenPlain(() => {});
    peers.push(peer);
    expect((await failure(open(peer.port, { headers: { Cookie: 'a\r\nb: c' } }))).code).toBe('invalid');
    expect((await failure(open(peer.port, { headers: { Cookie: 'a'.repeat(9000) } }))).code).toBe('limit');
    expect((await failure(open(peer.port, { path: '/a b' }))).code).toBe('invalid');
  });
});

describe('an open WebSocket', () => {
  async function pair(more: Partial<Parameters<typeof openWebSocket>[0]> = {}) {
    const server = await serve((request, socket) => socket.write(switching(request)));
    const duplex = await open(server.port, more);
    const socket = await server.socket;
    return { duplex, recorder: new Recorder(duplex), socket };
  }

  it('sends only frames that leave pveproxy alive: final, masked, at most 128 KiB', async () => {
    const { duplex, socket } = await pair({ masking: 'zero' });
    let got = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
    });
    duplex.start();
    let sent = 0;
    for (const size of [1, 125, 126, 65_535, 65_536, 131_072, 131_073, 1_000_000]) {
      duplex.write(patternBytes(size));
      sent += size;
    }
    duplex.ping(new Uint8Array(4));
    let payload = 0;
    let pings = 0;
    await until(() => {
      payload = 0;
      pings = 0;
      for (let at = 0; at + 14 < got.length || pings === 0; ) {
        if (at + 2 > got.length) return false;
        const short = (got[at + 1] ?? 0) & 0x7f;
        const length = short < 126 ? short : short === 126 ? got.readUInt16BE(at + 2) : got.readUInt32BE(at + 6);
        const header = 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + 4;
        expect((got[at] ?? 0) & 0xf0).toBe(0x80);
        expect((got[at + 1] ?? 0) & 0x80).toBe(0x80);
        expect(length).toBeLessThanOrEqual(131_072);
        if (((got[at] ?? 0) & 0x0f) === 9) pings += 1;
        else payload += length;
        at += header + length;
        if (at > got.length) return false;
      }
      return payload === sent;
    });
    expect(pings).toBe(1);
  });

  it('takes fragments, tiny frames and control frames in between as one stream', async () => {
    const { duplex, recorder, socket } = await pair();
    duplex.start();
    const whole = patternBytes(20_000);
    const out: Buffer[] = [];
    for (let at = 0, n = 0; at < whole.length; n += 1) {
      const size = Math.min(whole.length - at, [1, 7, 126, 5000][n % 4] ?? 1);
      const isLast = at + size === whole.length;
      out.push(frame(n === 0 ? 2 : 0, whole.subarray(at, at + size), isLast));
      if (n % 3 === 0) out.push(frame(9, Buffer.from(`p${n}`)));
      at += size;
    }
    const bytes = Buffer.concat(out);
    for (let at = 0; at < bytes.length; at += 613) {
      socket.write(bytes.subarray(at, at + 613));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => recorder.bytes === whole.length);
    expect(firstWrong(recorder.received, 0)).toBe(-1);
    expect(duplex.unconsumedBytes).toBe(0);
  });

  it('fails at the first byte that breaks the protocol', async () => {
    const bad = [
      Buffer.of(0x82, 0x81, 0, 0, 0, 0, 1), // masked by a server
      Buffer.of(0xc2, 0x01, 1), // reserved bit
      Buffer.of(0x83, 0x01, 1), // unknown kind
      Buffer.of(0x80, 0x01, 1), // nothing to continue
      Buffer.of(0x09, 0x01, 1), // a fragmented ping
      Buffer.of(0x82, 0x7f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0), // a length past all numbers
    ];
    for (const bytes of bad) {
      const { duplex, recorder, socket } = await pair();
      duplex.start();
      socket.write(Buffer.concat([frame(2, patternBytes(10)), bytes]));
      await until(() => recorder.isClosed);
      expect(recorder.bytes).toBe(10);
      expect(recorder.reasons[0]).toMatchObject({ kind: 'failed', error: { code: 'protocol' } });
      expect(recorder.hasEnded).toBe(false);
    }
  });

  it('takes an end without a close frame for an end, but not in the middle of a frame', async () => {
    const whole = await pair();
    whole.duplex.start();
    whole.socket.end(frame(2, patternBytes(10)));
    await until(() => whole.recorder.isClosed);
    expect(whole.recorder.story).toEqual(['data', 'end', 'close']);
    expect(whole.recorder.reasons).toEqual([{ kind: 'ended' }]);
    const cut = await pair();
    cut.duplex.start();
    cut.socket.end(frame(2, patternBytes(10)).subarray(0, 7));
    await until(() => cut.recorder.isClosed);
    expect(cut.recorder.reasons[0]).toMatchObject({ kind: 'failed', error: { code: 'reset' } });
    expect(cut.recorder.bytes).toBe(5);
  });

  it('ends by close frames, whoever begins, and tells a reason that is none', async () => {
    const ours = await pair();
    ours.duplex.start();
    ours.duplex.write(patternBytes(3));
    ours.duplex.end();
    ours.socket.on('data', () => ours.socket.end(frame(8, Buffer.of(3, 232))));
    await until(() => ours.recorder.isClosed);
    expect(ours.recorder.reasons).toEqual([{ kind: 'ended' }]);
    const theirs = await pair();
    theirs.duplex.start();
    theirs.socket.write(
      Buffer.concat([frame(2, patternBytes(5)), frame(8, Buffer.from('\u0003\u00f3gone', 'latin1'))]),
    );
    await until(() => theirs.recorder.isClosed);
    expect(theirs.recorder.bytes).toBe(5);
    const [reason] = theirs.recorder.reasons;
    expect(reason).toMatchObject({ kind: 'failed', error: { code: 'reset', detail: { closeCode: 1011 } } });
    expect(reason?.kind === 'failed' && reason.error.message).toContain('1011: gone');
  });

  it('ends behind all that is queued, however long its peer takes to read it', async () => {
    const total = 24 << 20; // more than the systems hold
    const server = await serve((request, socket) => socket.pause().write(switching(request)));
    const clock = new FakeClock();
    const duplex = await open(server.port, { clock });
    const recorder = new Recorder(duplex);
    duplex.start();
    let isTaken = false;
    duplex.write(patternBytes(total), () => {
      isTaken = true;
    });
    duplex.end();
    await quiet();
    await clock.advanceAsync(600_000);
    await quiet();
    expect([recorder.isClosed, isTaken]).toEqual([false, false]);
    let bytes = 0;
    const socket = await server.socket;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.resume();
    await until(() => isTaken && bytes > total, 'all of it');
    await clock.advanceAsync(10_000); // it never says goodbye
    await until(() => recorder.isClosed, 'the end');
  });

  it('answers a flood of pings one at a time while its peer does not read', async () => {
    const { duplex, socket } = await pair();
    duplex.start();
    socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => frame(9, patternBytes(100))));
    for (let n = 0; n < 200; n += 1) await new Promise((resolve) => socket.write(pings, resolve));
    await quiet();
    expect(duplex.queuedBytes).toBeLessThan(2000);
  });

  it('talks to another implementation, both ways', async () => {
    const server = new WebSocketServer({ port: 0, host, perMessageDeflate: false, handleProtocols: () => 'binary' });
    await new Promise((resolve) => server.once('listening', resolve));
    const port = (server.address() as net.AddressInfo).port;
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    for (const masking of ['zero', 'random'] as const) {
      const duplex = await open(port, { masking });
      const recorder = new Recorder(duplex);
      duplex.start();
      duplex.write(patternBytes(700_001));
      await until(() => recorder.bytes === 700_001);
      expect(firstWrong(recorder.received, 0)).toBe(-1);
      const pongs: string[] = [];
      duplex.onPong((payload) => pongs.push(Buffer.from(payload).toString()));
      duplex.ping(Buffer.from('hello'));
      await until(() => pongs.length === 1);
      expect(pongs).toEqual(['hello']);
      duplex.end();
      await until(() => recorder.isClosed);
      expect(recorder.reasons).toEqual([{ kind: 'ended' }]);
    }
    await new Promise((resolve) => server.close(resolve));
  });
});
