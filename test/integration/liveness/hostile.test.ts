import net from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

import { openTarget } from '../../../electron/engine/relay/target.ts';
import { acceptKeyOf } from '../../../electron/engine/net/openWebSocket.ts';
import type { Tunnel } from '../../../electron/engine/tunnel/tunnel.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import { patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { listenPlain } from '../../support/sockets.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const host = '127.0.0.1';
const heartbeatMs = 400;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server that says 101 and from then on does as it is told here; it knows nothing of WebSockets. */
async function crudeServer(onOpen: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true });
  const peer = await listenPlain((socket) => {
    socket.once('data', (request: Buffer) => {
      const key = /sec-websocket-key: (\S+)/i.exec(request.toString('latin1'))?.[1] ?? '';
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
      socket.write(`${head}Sec-WebSocket-Accept: ${acceptKeyOf(key)}\r\nSec-WebSocket-Protocol: binary\r\n\r\n`);
      onOpen(socket);
    });
  }, server);
  closing.push(() => peer.close());
  return peer.port;
}

interface Opened {
  readonly tunnel: Tunnel;
  readonly recorder: Recorder;
  /** What its health was. */
  readonly story: string[];
}

async function open(port: number, isHolding = false): Promise<Opened> {
  const endpoint = { kind: 'ws', address: { host, port }, path: '/' } as const;
  const plan = { budget: new Budget(), windowBytes: 1 << 20, weight: 'bulk' } as const;
  const target = { endpoint, trust: {}, heartbeatMs, masking: 'zero' } as const;
  const tunnel = await openTarget(target, plan, new AbortController().signal, systemClock);
  closing.push(() => tunnel.dispose());
  const story: string[] = [];
  tunnel.onHealth((health) => story.push(health));
  const recorder = new Recorder(tunnel.duplex, { isHolding });
  tunnel.duplex.start();
  return { tunnel, recorder, story };
}

describe('a tunnel to a peer', () => {
  it.skipIf(process.platform !== 'linux')(
    'that reads nothing for many heartbeats is late and not given up, and gets every byte when it reads again',
    async () => {
      const sockets: net.Socket[] = [];
      const port = await crudeServer((socket) => sockets.push(socket.pause()));
      const { tunnel, story } = await open(port);
      const chunk = patternBytes(1 << 18);
      let written = 0;
      let taken = 0;
      for (; written < 96; written += 1) tunnel.duplex.write(chunk, () => (taken += 1));
      await wait(heartbeatMs * 10);
      expect(taken).toBeLessThan(written);
      expect(story).toEqual(['late']);
      let bytes = 0;
      sockets[0]?.on('data', (piece: Buffer) => (bytes += piece.length));
      sockets[0]?.resume();
      await until(() => taken === written && bytes >= written * chunk.length);
      // It does not speak WebSocket, so no ping is answered: now that it reads, that counts against it.
      await until(() => tunnel.health === 'dead');
    },
  );

  it('that reads everything and answers no ping is given up', async () => {
    const port = await crudeServer((socket) => socket.resume());
    const startedMs = performance.now();
    const { recorder, story } = await open(port);
    await until(() => recorder.isClosed);
    expect(story).toEqual(['late', 'dead']);
    expect(performance.now() - startedMs).toBeLessThan(heartbeatMs * 3 + 2000);
    expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'timeout' } }]);
  });

  it('that sends a byte now and then, and not a whole frame in all its time, is alive', async () => {
    const frame = Uint8Array.of(0x82, 126, 0x01, 0x00, ...patternBytes(256));
    let sent = 0;
    const port = await crudeServer((socket) => {
      socket.resume();
      const timer = setInterval(() => {
        socket.write(frame.subarray(sent, sent + 1));
        sent += 1;
      }, heartbeatMs / 2);
      closing.push(() => clearInterval(timer));
    });
    const { tunnel, recorder, story } = await open(port);
    await wait(heartbeatMs * 8);
    expect(story).toEqual([]);
    expect(tunnel.health).toBe('alive');
    expect(recorder.isClosed).toBe(false);
    expect(recorder.bytes).toBeGreaterThan(8);
  });

  it('that closes with bytes of both sides under way delivers what it sent, then says that it ended', async () => {
    const total = 300_000;
    const body = patternBytes(total);
    const header = new Uint8Array(10);
    header.set([0x82, 127]);
    new DataView(header.buffer).setBigUint64(2, BigInt(total));
    const port = await crudeServer((socket) => {
      socket.write(header);
      socket.end(body);
    });
    const { tunnel, recorder } = await open(port);
    for (let n = 0; n < 16; n += 1) tunnel.duplex.write(patternBytes(1 << 16));
    await until(() => recorder.isClosed);
    expect(Buffer.compare(recorder.received, body)).toBe(0);
    expect(recorder.reasons[0]?.kind).toBe('ended');
  });
});

it('asks a peer for nothing while it does not read, so that no answers pile up there', async () => {
  const heard: string[] = [];
  const options = { host, port: 0, perMessageDeflate: false, maxPendingAutoPongs: 3 }; // the types lack the last
  const server = new WebSocketServer(options);
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  server.on('connection', (ws) => {
    ws.on('ping', () => heard.push('ping'));
    ws.on('pong', () => heard.push('pong'));
    const send = () => ws.send(Buffer.alloc(1 << 18), (error) => error ?? send());
    send();
  });
  const { tunnel, recorder, story } = await open((server.address() as net.AddressInfo).port, true);
  await until(() => tunnel.duplex.isPaused);
  await wait(heartbeatMs * 10);
  expect(recorder.isClosed).toBe(false);
  expect(story).toEqual([]);
  expect(heard.filter((what) => what === 'ping').length).toBeLessThanOrEqual(2);
  expect(heard.filter((what) => what === 'pong').length).toBeGreaterThan(5);
});
