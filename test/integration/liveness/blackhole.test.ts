import type net from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { acceptWebSocket } from '../../../electron/engine/net/acceptWebSocket.ts';
import { SocketDuplex } from '../../../electron/engine/net/socketDuplex.ts';
import { openTarget } from '../../../electron/engine/relay/target.ts';
import type { Tunnel } from '../../../electron/engine/tunnel/tunnel.ts';
import { systemClock } from '../../../shared/base/clock.ts';
import { Budget } from '../../../shared/flow/budget.ts';
import type { ByteDuplex } from '../../../shared/flow/duplex.ts';
import { FarAway, farAwayMissing } from '../../support/farAway.ts';
import { checkLeaks } from '../../support/leakCheck.ts';
import { Recorder } from '../../support/recorder.ts';
import { quiet, until } from '../../support/until.ts';

checkLeaks();

const heartbeatMs = 800;
const slackMs = 2000; // of a machine that others use, too
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A WebSocket server far away; `speak` gets each connection, started. */
async function farServer(speak: (duplex: ByteDuplex) => void = () => {}): Promise<FarAway> {
  const accept = (socket: net.Socket) => {
    void acceptWebSocket(new SocketDuplex(socket, 'server'), { authorize: () => undefined }).then(
      (duplex) => {
        new Recorder(duplex);
        duplex.start();
        speak(duplex);
      },
      () => undefined,
    );
  };
  const away = await FarAway.open(accept);
  closing.push(() => away.close());
  return away;
}

interface Watched {
  readonly tunnel: Tunnel;
  readonly recorder: Recorder;
  /** Milliseconds from now to the first time it was so. */
  readonly untilIs: (health: string) => Promise<number>;
}

async function connect({ host, port }: FarAway, { isHolding = false } = {}): Promise<Watched> {
  const endpoint = { kind: 'ws', address: { host, port }, path: '/' } as const;
  const plan = { budget: new Budget(), windowBytes: 1 << 20, weight: 'bulk' } as const;
  const tunnel = await openTarget({ endpoint, trust: {}, heartbeatMs }, plan, never, systemClock);
  closing.push(() => tunnel.dispose());
  const story = new Map<string, number>();
  tunnel.onHealth((health) => story.set(health, performance.now()));
  const recorder = new Recorder(tunnel.duplex, { isHolding });
  tunnel.duplex.start();
  await until(() => tunnel.roundTripsMs.length > 0 || isHolding, 'the first round trip');
  const untilIs = async (health: string) => {
    const sinceMs = performance.now();
    await until(() => story.has(health), health);
    return (story.get(health) ?? 0) - sinceMs;
  };
  return { tunnel, recorder, untilIs };
}
const never = new AbortController().signal;

const flood = (duplex: ByteDuplex) => {
  const chunk = new Uint8Array(1 << 18);
  const write = () => duplex.write(chunk, write);
  write();
};

const world = farAwayMissing === undefined ? '' : ` (skipped: ${farAwayMissing})`;
describe.skipIf(farAwayMissing !== undefined)(`a peer in another network${world}`, () => {
  it('is late within 1.5 heartbeats and dead within 3 when packets vanish, and a new tunnel replaces it', async () => {
    const away = await farServer();
    const { tunnel, recorder, untilIs } = await connect(away);
    away.blackhole();
    expect(await untilIs('late')).toBeLessThan(heartbeatMs * 1.5 + slackMs);
    expect(tunnel.health).toBe('late');
    expect(await untilIs('dead')).toBeLessThan(heartbeatMs * 1.5 + slackMs);
    await until(() => recorder.isClosed);
    expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'timeout', retry: 'later' } }]);
    away.heal();
    const again = await connect(away);
    expect(again.tunnel.health).toBe('alive');
    expect(tunnel.health).toBe('dead');
  });

  it('is dead within 3 heartbeats also while we are sending without end', async () => {
    const away = await farServer();
    const { tunnel, untilIs } = await connect(away);
    flood(tunnel.duplex);
    await quiet();
    away.blackhole();
    expect(await untilIs('dead')).toBeLessThan(heartbeatMs * 3 + slackMs);
  });

  it('is alive again when the hole was short', async () => {
    const away = await farServer();
    const { tunnel, recorder, untilIs } = await connect(away);
    away.blackhole();
    await untilIs('late');
    away.heal();
    await until(() => tunnel.health === 'alive', 'the recovery');
    expect(recorder.isClosed).toBe(false);
  });

  it('is noticed at once when it resets', async () => {
    const away = await farServer();
    const { recorder } = await connect(away);
    const sinceMs = performance.now();
    away.reset();
    await until(() => recorder.isClosed);
    expect(performance.now() - sinceMs).toBeLessThan(heartbeatMs + slackMs);
    expect(recorder.reasons).toMatchObject([{ kind: 'failed', error: { code: 'reset' } }]);
  });

  it('is noticed within two heartbeats when it resets while our reading is paused', async () => {
    const away = await farServer(flood);
    const { tunnel, recorder } = await connect(away, { isHolding: true });
    await until(() => tunnel.duplex.isPaused, 'the pause');
    const sinceMs = performance.now();
    away.reset();
    await until(() => recorder.isClosed, 'the end');
    expect(performance.now() - sinceMs).toBeLessThan(heartbeatMs * 2 + slackMs);
  });
});
