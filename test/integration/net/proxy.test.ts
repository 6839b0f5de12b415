import net from 'node:net';
import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { connectTcp, connectTls } from '../../../electron/engine/net/connector.ts';
import { openWebSocket } from '../../../electron/engine/net/openWebSocket.ts';
import type { AppError } from '../../../shared/base/errors.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { firstWrong, patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { listenPlain, type Peer, testCertificate } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const host = '127.0.0.1';
const peers: Peer[] = [];
const duplexes: { dispose(): void }[] = [];
afterEach(() => {
  for (const duplex of duplexes.splice(0)) duplex.dispose();
  for (const peer of peers.splice(0)) peer.close();
});

/** A CONNECT proxy: `answer` decides what it says; a 200 leads to the port that was asked for. */
async function proxy(answer = () => 'HTTP/1.0 200 OK\r\n\r\n') {
  const requests: string[] = [];
  const peer = await listenPlain((socket) => {
    socket.once('data', (chunk: Buffer) => {
      const request = chunk.toString('latin1');
      requests.push(request);
      const text = answer();
      if (!/ 200 /.test(text)) return socket.end(text);
      const port = Number(/^CONNECT \S+:(\d+) /.exec(request)?.[1]);
      const onward = net.connect({ host, port, allowHalfOpen: true });
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      onward.once('connect', () => {
        socket.write(text);
        socket.pipe(onward).pipe(socket);
      });
    });
  });
  peers.push(peer);
  return { requests, via: { address: { host, port: peer.port } } };
}

const failure = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => {
      throw new Error('It succeeded.');
    },
    (error: unknown) => error as AppError,
  );

describe('a tunnel through an HTTP proxy', () => {
  it('asks with the Host header that spiceproxy reads, and loses nothing that comes right behind the answer', async () => {
    const greeter = await listenPlain((socket) => socket.end(patternBytes(100_000)));
    peers.push(greeter);
    const { requests, via } = await proxy();
    const authority = `pvespiceproxy:6a100000:100:pve1::${'ab'.repeat(20)}:${greeter.port}`;
    const duplex = await connectTcp({ host: 'unused', port: 1, via: { ...via, authority } });
    duplexes.push(duplex);
    expect(requests).toEqual([`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`]);
    const recorder = new Recorder(duplex);
    await quiet();
    expect(recorder.bytes).toBe(0);
    duplex.start();
    await until(() => recorder.hasEnded);
    expect(recorder.bytes).toBe(100_000);
    expect(firstWrong(recorder.received, 0)).toBe(-1);
    expect(duplex.unconsumedBytes).toBe(0);
  });

  it('runs TLS and WebSockets inside, and judges the certificate behind the proxy', async () => {
    const certificate = testCertificate();
    const echo = await listenPlain((socket) => socket.pipe(socket), tls.createServer(certificate));
    peers.push(echo);
    const { via } = await proxy();
    const target = { host, port: echo.port, via };
    const duplex = await connectTls({ ...target, trust: { fingerprints: [certificate.fingerprint] } });
    duplexes.push(duplex);
    const recorder = new Recorder(duplex);
    duplex.start();
    duplex.write(patternBytes(300_000));
    await until(() => recorder.bytes === 300_000);
    expect(firstWrong(recorder.received, 0)).toBe(-1);
    const refused = await failure(connectTls({ ...target, trust: { isSystemTrusted: false } }));
    expect(refused.code).toBe('certificate-unknown');
    const noWebSocket = openWebSocket({ address: { host, port: echo.port }, path: '/', via });
    expect((await failure(noWebSocket)).code).toBe('reset'); // a TLS server that was spoken to without TLS
  });

  it('tells what the proxy said, that it hung up, and that it never answered', async () => {
    const target = { host, port: 1 };
    const wrong = await proxy(() => 'HTTP/1.1 401 invalid ticket\r\n\r\ninvalid ticket');
    expect(await failure(connectTcp({ ...target, via: wrong.via }))).toMatchObject({
      code: 'forbidden',
      detail: { status: 401 },
    });
    const garbage = await proxy(() => 'SSH-2.0-OpenSSH\r\n');
    expect((await failure(connectTcp({ ...target, via: garbage.via }))).code).toBe('protocol');
    const silent = await proxy(() => '');
    expect((await failure(connectTcp({ ...target, via: silent.via }))).code).toBe('reset');
    const clock = new FakeClock();
    const hole = await listenPlain(() => {});
    peers.push(hole);
    const attempt = failure(connectTcp({ ...target, via: { address: { host, port: hole.port } }, clock }));
    await until(() => clock.timerCount === 1);
    await quiet();
    clock.advance(10_000);
    expect((await attempt).code).toBe('timeout');
    expect(clock.timerCount).toBe(0);
  });
});
