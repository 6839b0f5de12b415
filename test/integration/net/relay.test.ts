import net from 'node:net';
import tls from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { acceptWebSocket } from '../../../electron/engine/net/acceptWebSocket.ts';
import { connectTcp } from '../../../electron/engine/net/connector.ts';
import { listen, type Listener } from '../../../electron/engine/net/listener.ts';
import { openWebSocket } from '../../../electron/engine/net/openWebSocket.ts';
import { SocketDuplex } from '../../../electron/engine/net/socketDuplex.ts';
import type { Transport } from '../../../electron/engine/net/transport.ts';
import { RelayRegistry } from '../../../electron/engine/relay/registry.ts';
import { openWebSocketTunnel, vncWebSocketPath } from '../../../electron/engine/tunnel/webSocketTunnel.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import type { CloseReason } from '../../../shared/flow/duplex.ts';
import { splice, type Splice } from '../../../shared/flow/splice.ts';
import { FakeClock } from '../../fakes/fakeClock.ts';
import { patternByte, patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { acceptOne, listenPlain, type Peer, testCertificate } from '../../support/sockets.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const host = '127.0.0.1';
const mostHeldBytes = (1 << 20) + (64 << 10);
const ends: { close(): void }[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.close();
});

interface Running {
  readonly port: number;
  readonly splices: Splice[];
  readonly reasons: CloseReason[];
}

/** A relay of ours from a listener to `target`, over TCP or WebSocket on either side. */
async function relayTo(target: number, local: 'tcp' | 'ws', remote: 'tcp' | 'ws'): Promise<Running> {
  const splices: Splice[] = [];
  const reasons: CloseReason[] = [];
  const join = async (accepted: Transport) => {
    const a = local === 'tcp' ? accepted : await acceptWebSocket(accepted, { authorize: () => undefined });
    const address = { host, port: target };
    const b = remote === 'tcp' ? await connectTcp(address) : await openWebSocket({ address, path: '/' });
    const joined = splice(a, b);
    joined.onClose((reason) => reasons.push(reason));
    splices.push(joined);
  };
  const listener: Listener = await listen({
    on: { kind: 'tcp', address: { host, port: 0 } },
    onConnection: (duplex) => void join(duplex),
    label: 'local',
  });
  ends.push({
    close: () => {
      listener.close();
      for (const joined of splices) joined.dispose();
    },
  });
  return { port: listener.port, splices, reasons };
}

async function source(onConnection: (socket: net.Socket) => void): Promise<Peer> {
  const peer = await listenPlain(onConnection);
  ends.push(peer);
  return peer;
}

function client(port: number): net.Socket {
  const socket = net.connect({ host, port, allowHalfOpen: true });
  socket.on('error', () => {});
  ends.push({ close: () => socket.destroy() });
  return socket;
}

describe('a relay', () => {
  it('holds at most its window while the reader stalls, for seconds of endless writing', async () => {
    let taken = 0;
    const chunk = Buffer.alloc(1 << 18, 7);
    const endless = await source((socket) => {
      const write = () => {
        while (!socket.destroyed && socket.write(chunk, () => (taken += chunk.length)));
      };
      socket.on('drain', write);
      write();
    });
    const relay = await relayTo(endless.port, 'tcp', 'tcp');
    client(relay.port).pause();
    await until(() => relay.splices[0]?.down.isPaused === true, 'the pause');
    for (let n = 0; n < 5; n += 1) await quiet();
    const held = relay.splices[0]?.down.heldBytes ?? 0;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(mostHeldBytes);
    const atRest = taken;
    await quiet();
    expect(taken).toBe(atRest);
    expect(taken).toBeLessThanOrEqual(16 << 20);
  });

  it('delivers every byte of a source that closes while the sink does not read, 200 times', async () => {
    const total = 700_000;
    const whole = Buffer.from(patternBytes(total));
    const brief = await source((socket) => socket.end(whole));
    const relay = await relayTo(brief.port, 'tcp', 'tcp');
    for (let n = 0; n < 200; n += 1) {
      const socket = client(relay.port);
      socket.pause();
      let got = 0;
      let wrong = -1;
      let hasEnded = false;
      socket.on('data', (chunk: Buffer) => {
        if (n % 20 === 0)
          for (let at = 0; at < chunk.length; at += 1) if (chunk[at] !== patternByte(got + at)) wrong = got + at;
        got += chunk.length;
      });
      socket.on('end', () => {
        hasEnded = true;
        socket.end();
      });
      if (n % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      socket.resume();
      await until(() => hasEnded);
      expect([got, wrong]).toEqual([total, -1]);
    }
    await until(() => relay.reasons.length === 200);
    expect(new Set(relay.reasons.map((reason) => reason.kind))).toEqual(new Set(['ended']));
  });

  it('carries a half-close through and the answer back', async () => {
    const echo = await listenPlain(
      (socket) => {
        let got = 0;
        socket.on('data', (chunk: Buffer) => {
          got += chunk.length;
        });
        socket.on('end', () => socket.end(`got ${got}`));
      },
      net.createServer({ allowHalfOpen: true }),
    );
    ends.push(echo);
    const relay = await relayTo(echo.port, 'tcp', 'tcp');
    const socket = client(relay.port);
    socket.end(patternBytes(123_456));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    await until(() => relay.reasons.length === 1);
    expect(answer).toBe('got 123456');
    expect(relay.reasons).toEqual([{ kind: 'ended' }]);
    expect(relay.splices[0]?.up.bytes).toBe(123_456);
  });

  it('closes the other end behind the bytes that came when one is reset, and keeps the reason', async () => {
    const torn = await source((socket) => {
      socket.write(patternBytes(1000));
      socket.once('data', () => socket.resetAndDestroy());
    });
    const relay = await relayTo(torn.port, 'tcp', 'tcp');
    const socket = client(relay.port);
    let got = 0;
    socket.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    socket.on('end', () => socket.end());
    socket.write('x');
    await until(() => relay.reasons.length === 1);
    expect(relay.reasons[0]).toMatchObject({ kind: 'failed', error: { code: 'reset' } });
    expect(got).toBe(1000);
  });

  for (const [local, remote] of [
    ['ws', 'tcp'],
    ['tcp', 'ws'],
  ] as const) {
    it(`brings bytes unchanged through from ${local} to ${remote}, both ways`, async () => {
      const total = 3_000_000;
      const inner = await source((socket) => socket.pipe(socket));
      // The other side of the WebSocket is a relay of ours, too.
      const first = await relayTo(inner.port, remote === 'ws' ? 'ws' : 'tcp', 'tcp');
      const second = await relayTo(first.port, local, remote);
      const address = { host, port: second.port };
      const duplex = local === 'tcp' ? await connectTcp(address) : await openWebSocket({ address, path: '/' });
      const recorder = new Recorder(duplex);
      duplex.start();
      const whole = patternBytes(total);
      for (let at = 0; at < total; at += 100_000) duplex.write(whole.subarray(at, at + 100_000));
      await until(() => recorder.bytes === total);
      expect(Buffer.compare(recorder.received, whole)).toBe(0);
      duplex.dispose();
      await until(() => second.reasons.length === 1 && first.reasons.length === 1);
    });
  }

  it('costs little for a peer of single bytes into a sink that stalls', async () => {
    const server = await acceptOne();
    ends.push(server);
    const socket = client(server.port);
    socket.setNoDelay(true);
    const duplex = await server.next;
    const recorder = new Recorder(duplex, { isHolding: true });
    duplex.start();
    for (let n = 0; n < 3000; n += 1) await new Promise((resolve) => socket.write('x', resolve));
    await until(() => recorder.bytes === 3000);
    expect(duplex.unconsumedBytes).toBe(3000);
    recorder.release();
    expect(duplex.unconsumedBytes).toBe(0);
    duplex.dispose();
  });
});

describe('a tunnel', () => {
  /** A tunnel to a WebSocket server of ours in the place of pveproxy. */
  async function tunnelPair(clock: FakeClock) {
    const certificate = testCertificate();
    const accepted: Promise<Transport>[] = [];
    const sockets: net.Socket[] = [];
    const peer = await listenPlain(
      (socket) => {
        sockets.push(socket);
        accepted.push(acceptWebSocket(new SocketDuplex(socket, 'server'), { authorize: () => undefined }));
      },
      tls.createServer({ ...certificate, pauseOnConnect: true, allowHalfOpen: true }),
    );
    ends.push(peer);
    const budget = new Budget();
    const tunnel = await openWebSocketTunnel({
      address: { host, port: peer.port },
      path: vncWebSocketPath('/api2/json/nodes/pve1/qemu/100', 5900, 'PVEVNC:6A::x+/='),
      headers: { Cookie: 'PVEAuthCookie=x' },
      trust: { fingerprints: [certificate.fingerprint] },
      budget,
      clock,
    });
    ends.push({ close: () => tunnel.dispose() });
    const server = await accepted[0];
    if (!server) throw new Error('Nothing was accepted.');
    ends.push({ close: () => server.dispose() });
    return { tunnel, server, budget, socket: sockets[0] as net.Socket };
  }

  it('keeps the last ten round trips and stays alive while a healthy peer is silent', async () => {
    const clock = new FakeClock();
    const { tunnel, server } = await tunnelPair(clock);
    const recorder = new Recorder(tunnel.duplex);
    new Recorder(server);
    server.start();
    tunnel.duplex.start();
    await until(() => tunnel.roundTripsMs.length === 1);
    for (let n = 2; n <= 12; n += 1) {
      clock.advance(20_000);
      await until(() => tunnel.roundTripsMs.length === Math.min(n, 10));
      await quiet();
    }
    expect(tunnel.health).toBe('alive');
    expect(recorder.isClosed).toBe(false);
  });

  it('is late, then dead, when the peer answers no more, and tells why it closed', async () => {
    const clock = new FakeClock();
    const { tunnel, socket } = await tunnelPair(clock);
    const recorder = new Recorder(tunnel.duplex);
    const story: string[] = [];
    tunnel.onHealth((health) => story.push(`${health} ${clock.nowMs() / 1000}`));
    tunnel.duplex.start();
    socket.pause();
    clock.advance(60_000);
    await until(() => recorder.isClosed);
    expect(story.map((line) => line.split(' ')[0])).toEqual(['late', 'dead']);
    expect(Number(story[0]?.split(' ')[1])).toBeLessThanOrEqual(30);
    expect(recorder.reasons[0]).toMatchObject({ kind: 'failed', error: { code: 'timeout' } });
    expect(clock.timerCount).toBe(0);
  });

  it('outlives ten minutes of our own stall, and notices a reset meanwhile within two heartbeats', async () => {
    const clock = new FakeClock();
    const { tunnel, server, socket } = await tunnelPair(clock);
    const recorder = new Recorder(tunnel.duplex, { isHolding: true });
    new Recorder(server);
    server.start();
    tunnel.duplex.start();
    for (let n = 0; n < 40; n += 1) server.write(patternBytes(1 << 18));
    await until(() => tunnel.duplex.isPaused, 'the pause');
    for (let n = 0; n < 30; n += 1) {
      clock.advance(20_000);
      await quiet();
    }
    expect(tunnel.health).toBe('alive');
    expect(recorder.isClosed).toBe(false);
    socket.destroy();
    await quiet();
    for (let n = 0; n < 2 && !recorder.isClosed; n += 1) {
      clock.advance(20_000);
      await quiet();
    }
    expect(recorder.isClosed).toBe(true);
  });

  it('gives its window back to the budget, and is refused when all is promised', async () => {
    const { tunnel, budget } = await tunnelPair(new FakeClock());
    expect(budget.windowCount).toBe(1);
    tunnel.dispose();
    await quiet();
    expect(budget.windowCount).toBe(0);
    const attempt = openWebSocketTunnel({
      address: { host, port: 1 },
      path: '/',
      headers: {},
      trust: {},
      budget: new Budget(1000),
    });
    await expect(attempt).rejects.toMatchObject({ code: 'limit' });
  });

  it('is metered as a relay, from its opening to its end', async () => {
    const clock = new FakeClock();
    const { tunnel, server } = await tunnelPair(clock);
    const registry = new RelayRegistry({ clock });
    const local = await acceptOne();
    ends.push(local);
    const socket = client(local.port);
    const end = await local.next;
    const atServer = new Recorder(server);
    server.start();
    const relay = registry.open({ label: 'demo', tunnel, remote: tunnel.duplex, local: end, channel: 7 });
    let down = 0;
    socket.on('data', (chunk: Buffer) => {
      down += chunk.length;
    });
    socket.write(patternBytes(5000));
    server.write(patternBytes(70_000));
    await until(() => atServer.bytes === 5000 && down === 70_000);
    await quiet();
    expect(registry.meters().relays).toMatchObject([
      { id: relay.id, label: 'demo', channel: 7, health: 'alive', up: { bytes: 5000 }, down: { bytes: 70_000 } },
    ]);
    const closing = registry.close(1000);
    server.close(100);
    socket.end();
    await closing;
    expect(registry.meters().relays).toEqual([]);
  });
});
