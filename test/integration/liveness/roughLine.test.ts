import net from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { acceptWebSocket } from '../../../electron/engine/net/acceptWebSocket.ts';
import { connectTcp } from '../../../electron/engine/net/connector.ts';
import { openWebSocket } from '../../../electron/engine/net/openWebSocket.ts';
import { SocketDuplex } from '../../../electron/engine/net/socketDuplex.ts';
import { parseEndpoint } from '../../../electron/engine/relay/endpoint.ts';
import { RelayServer } from '../../../electron/engine/relay/relayServer.ts';
import { openTarget } from '../../../electron/engine/relay/target.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';
import { firstWrong, patternBytes } from '../../support/bytes.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { RoughLine, type Roughness } from '../../support/roughLine.ts';
import { listenPlain } from '../../support/sockets.ts';
import { until } from '../../support/until.ts';

checkLeaks();

const host = '127.0.0.1';
const satellite: Roughness = { delayMs: 150, jitterMs: 40 };
const lossy: Roughness = { delayMs: 5, jitterMs: 15, bytesPerSecond: 8 << 20, loss: { every: 256 << 10, forMs: 120 } };
const heartbeatMs = 2000; // a round trip by satellite and the machine's own lateness fit into 0.4 of it
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const kinds = ['tcp', 'ws'] as const;
type Kind = (typeof kinds)[number];

/** Gives back what it gets. */
async function echo(kind: Kind): Promise<number> {
  const reflect = (duplex: ByteDuplex) => {
    duplex.onData((chunk) => duplex.write(chunk, () => duplex.consumed(chunk.length)));
    duplex.onEnd(() => duplex.end());
    duplex.onClose(() => {});
    duplex.start();
  };
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const peer = await listenPlain((socket) => {
    const duplex = new SocketDuplex(socket, 'echo');
    if (kind === 'tcp') reflect(duplex);
    else acceptWebSocket(duplex, { authorize: () => undefined }).then(reflect, () => {});
  }, server);
  closing.push(() => peer.close());
  return peer.port;
}

async function roughLine(toPort: number, roughness: Roughness): Promise<RoughLine> {
  const line = await RoughLine.open(toPort, roughness);
  closing.push(() => line.close());
  return line;
}

/** A relay whose target is at the far end of a line. */
async function relayOver(roughness: Roughness, local: Kind, remote: Kind) {
  const line = await roughLine(await echo(remote), roughness);
  const server = new RelayServer({
    listen: parseEndpoint(`${local}://${host}:0`, { mayBeAnyPort: true }),
    target: { endpoint: parseEndpoint(`${remote}://${line.address}`), trust: {}, heartbeatMs },
    windowBytes: 256 << 10,
    budget: new Budget(),
  });
  await server.start();
  closing.push(() => server.close(1000));
  const address = { host, port: server.port };
  const path = new URL(server.address).pathname;
  const client = local === 'tcp' ? await connectTcp(address) : await openWebSocket({ address, path });
  closing.push(() => client.dispose());
  return { line, server, client };
}

describe('a line with 300 ms of round trip', () => {
  it('is not late to the heartbeat of a silent tunnel, and its round trips are measured', async () => {
    const line = await roughLine(await echo('ws'), satellite);
    const endpoint = { kind: 'ws', address: { host, port: line.port }, path: '/' } as const;
    const plan = { budget: new Budget(), windowBytes: 1 << 20, weight: 'interactive' } as const;
    const target = { endpoint, trust: {}, heartbeatMs } as const;
    const tunnel = await openTarget(target, plan, new AbortController().signal, systemClock);
    closing.push(() => tunnel.dispose());
    const story: string[] = [];
    tunnel.onHealth((health) => story.push(health));
    const recorder = new Recorder(tunnel.duplex);
    tunnel.duplex.start();
    await until(() => tunnel.roundTripsMs.length >= 4, 'four round trips', 20_000);
    expect(story).not.toContain('late');
    expect(recorder.isClosed).toBe(false);
    for (const ms of tunnel.roundTripsMs) expect(ms).toBeGreaterThanOrEqual(299);
  }, 30_000);
});

describe.each(kinds)('a relay from a %s client', (local) => {
  it.each(kinds)('carries a ping-pong of 64 bytes over an unsteady line to a %s server', async (remote) => {
    const { client } = await relayOver({ delayMs: 10, jitterMs: 20 }, local, remote);
    const recorder = new Recorder(client);
    client.start();
    const whole = patternBytes(40 * 64);
    for (let at = 0; at < whole.length; at += 64) {
      client.write(whole.subarray(at, at + 64));
      await until(() => recorder.bytes === at + 64, `answer ${at / 64}`);
    }
    expect(firstWrong(recorder.received, 0)).toBe(-1);
  });

  it.each(kinds)(
    'carries every byte over a slow line that loses packets to a %s server',
    async (remote) => {
      const { client, line, server } = await relayOver(lossy, local, remote);
      const recorder = new Recorder(client);
      client.start();
      const whole = patternBytes(16 << 20); // more than the systems and the line hold
      client.write(whole);
      await until(() => recorder.bytes === whole.length, 'all of it', 30_000);
      expect(firstWrong(recorder.received, 0)).toBe(-1);
      expect(line.losses).toBeGreaterThan(10);
      expect(server.registry.relays[0]?.up.pauses).toBeGreaterThan(0);
      expect(server.registry.relays[0]?.meter.health).not.toBe('late');
      expect(recorder.isClosed).toBe(false);
    },
    40_000,
  );
});

describe('the end of a stream', () => {
  it('comes behind the last byte over a line that loses packets, each way', async () => {
    const { client, server } = await relayOver(lossy, 'tcp', 'tcp');
    const recorder = new Recorder(client);
    client.start();
    const whole = patternBytes(1 << 20);
    client.write(whole);
    client.end();
    await until(() => recorder.isClosed, 'the end', 20_000);
    expect(firstWrong(recorder.received, 0)).toBe(-1);
    expect(recorder.bytes).toBe(whole.length);
    expect(recorder.reasons).toEqual([{ kind: 'ended' }]);
    await until(() => server.registry.relays.length === 0, 'the end of the relay');
  }, 30_000);
});
