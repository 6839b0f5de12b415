import net from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { acceptWebSocket } from '../../electron/engine/net/acceptWebSocket.ts';
import { SocketDuplex } from '../../electron/engine/net/socketDuplex.ts';
import { openTarget } from '../../electron/engine/relay/target.ts';
import { IdleLimits } from '../../shared/flow/idleLimits.ts';
import type { Tunnel } from '../../electron/engine/tunnel/tunnel.ts';
import { systemClock } from '../../shared/base/clock.ts';
import { Budget } from '../../shared/flow/budget.ts';
import { type Cutter, haproxyMissing, startCutter } from '../support/haproxy.ts';
import { checkLeaks } from '../support/leakCheck.ts';
import { Recorder } from '../support/recorder.ts';
import { listenPlain, type Peer } from '../support/sockets.ts';
import { until } from '../support/until.ts';

checkLeaks();

const limitSeconds = 2;
const peers: Peer[] = [];
const proxies: Cutter[] = [];
afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
  for (const peer of peers.splice(0)) peer.close();
});

/** A WebSocket server of ours that says nothing on its own, with its pings answered, as pveproxy does. */
async function silentServer(): Promise<number> {
  const peer = await listenPlain(
    (socket) => {
      void acceptWebSocket(new SocketDuplex(socket, 'server'), { authorize: () => undefined }).then(
        (duplex) => {
          new Recorder(duplex);
          duplex.start();
        },
        () => undefined,
      );
    },
    net.createServer({ pauseOnConnect: true, allowHalfOpen: true }),
  );
  peers.push(peer);
  return peer.port;
}

/** HAProxy between, which cuts what is silent for `limitSeconds`. */
async function cutter(mode: 'http' | 'tcp'): Promise<Cutter> {
  const proxy = await startCutter(mode, limitSeconds, await silentServer());
  proxies.push(proxy);
  return proxy;
}

function open(address: { host: string; port: number }, heartbeatMs: number, idleLimits: IdleLimits): Promise<Tunnel> {
  const plan = { budget: new Budget(), windowBytes: 1 << 20, weight: 'bulk' } as const;
  const target = { endpoint: { kind: 'ws', address, path: '/' }, trust: {}, heartbeatMs, idleLimits } as const;
  return openTarget(target, plan, new AbortController().signal, systemClock);
}

/** How long a silent tunnel lived; `undefined`: longer than `mostMs`. */
async function lifeMs(tunnel: Tunnel, mostMs: number): Promise<number | undefined> {
  const startedMs = performance.now();
  const recorder = new Recorder(tunnel.duplex);
  tunnel.duplex.start();
  const closed = new Promise<number>((resolve) => {
    tunnel.onHealth((health) => health === 'dead' && resolve(performance.now() - startedMs));
  });
  const enough = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), mostMs));
  const lived = await Promise.race([closed, enough]);
  tunnel.dispose();
  await until(() => recorder.isClosed);
  return lived;
}

describe.skipIf(haproxyMissing !== undefined).each(['http', 'tcp'] as const)(
  'behind HAProxy that cuts silence, mode %s',
  (mode) => {
    it('keeps a silent tunnel alive by its heartbeat', async () => {
      const address = await cutter(mode);
      const tunnel = await open(address, limitSeconds * 400, new IdleLimits());
      expect(await lifeMs(tunnel, limitSeconds * 4000)).toBeUndefined();
    });

    it('learns the limit from the second cut, and then keeps below it', async () => {
      const address = await cutter(mode);
      const limits = new IdleLimits();
      const key = address.address;
      for (let cut = 1; cut <= 2; cut += 1) {
        expect(limits.limitMs(key)).toBeUndefined();
        const lived = await lifeMs(await open(address, 60_000, limits), 10_000);
        expect(lived).toBeGreaterThan(limitSeconds * 900);
        expect(lived).toBeLessThan(limitSeconds * 1600);
      }
      expect(limits.limitMs(key)).toBeGreaterThan(limitSeconds * 900);
      expect(await lifeMs(await open(address, 60_000, limits), limitSeconds * 4000)).toBeUndefined();
    });
  },
);
